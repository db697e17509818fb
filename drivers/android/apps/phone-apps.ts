import pLimit from 'p-limit'
import { basename } from 'node:path'
import type { Apk } from '../../../src/device/apk/read-apk.js'
import { AppFileError } from '../../../src/device/app-file.js'
import type { AppFile } from '../../../src/device/driver/app-capability.js'
import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { withAppContent } from './app-contents.js'
import { currentInstallPath, currentUser, quote } from './app-commands.js'
import type { PackageManagerWatchdog } from '../health/package-manager-watchdog.js'

/** Deadline to install or remove an app while the package manager answers its pings. Milliseconds. */
const installMs = 180_000
/** The installed app must be removed first. */
const conflictsWithInstalled = /INSTALL_FAILED_(UPDATE_INCOMPATIBLE|VERSION_DOWNGRADE|ALREADY_EXISTS)/
const hints: [RegExp, string][] = [
  [/INSUFFICIENT_STORAGE/, 'free some space on the phone'],
  [/NO_CERTIFICATES/, 'sign the app: a debug build is signed by itself'],
  [/NO_MATCHING_ABIS/, "the app's native code is for other processors than the phone's"],
  [/OLDER_SDK/, "the phone's Android is older than the app allows"],
  [
    /USER_RESTRICTED|VERIFICATION|ABORTED/,
    'allow installing over USB in the developer options, and accept what the phone asks',
  ],
]

/** Messages of UiAutomator2 and the phone for an app without a startable activity. Any other may be the phone's fault. */
const nothingToStart = new RegExp(
  [
    "Activity (name|for intent) '.*' used to start the app doesn't exist or cannot be launched",
    'Activity class {.*} does not exist',
    'Activity not started, unable to resolve Intent .*',
    "The permission to start '.*' activity has been denied",
    "Unable to resolve the launchable activity of '.*'. Original error: No activity found",
  ].join('|'),
)

/**
 * Reads the app that a device of devices.json names.
 * @throws BatonError BATON_CONFIG_INVALID if the file is missing or can't be installed
 */
export async function resolveApp(path: string): Promise<AppFile> {
  try {
    return await withAppContent(path, ({ hash }) => ({ hash, path, name: basename(path) }))
  } catch (error) {
    if (!(error instanceof AppFileError)) throw error
    throw new BatonError('BATON_CONFIG_INVALID', `app '${path}': ${error.message}.`, { hint: error.hint, cause: error })
  }
}

export interface PhoneAppsOptions {
  grantPermissions: boolean
  /** Guards each installation. */
  watchdog: PackageManagerWatchdog
}

/**
 * Apps on one phone. A setting on the phone notes the hash of the installed content and the path where Android put it. The path
 * changes with each installation, so that an installation by somebody else is noticed.
 */
export class PhoneApps {
  readonly #apks = new Map<string, Apk>()
  /** One installation at a time: a caller that gave up does not end the one that is running. */
  readonly #serially = pLimit(1)

  constructor(
    private readonly phone: AdbPhone,
    private readonly options: PhoneAppsOptions,
  ) {}

  /**
   * Installs an app, unless the same content is installed already.
   * @throws BatonError BATON_APP_REFUSED with the phone's message; BATON_DEVICE_UNFIT if its package manager hangs
   */
  async ensureInstalled(app: AppFile): Promise<Apk> {
    return this.#serially(async () => {
      const known = this.#apks.get(app.hash)
      if (known && (await this.#isInstalled(known, app.hash))) return known
      return this.#withContent(app, async (apk, content) => {
        // An earlier process may have installed it without these permissions.
        if (!known && (await this.#isInstalled(apk, app.hash))) await this.#grantPermissions(apk)
        else await this.#install(app, apk, content)
        this.#apks.set(app.hash, apk)
        return apk
      })
    })
  }

  /** Removes the app with all its data, and installs it again. */
  async reinstall(app: AppFile): Promise<void> {
    await this.#serially(async () =>
      this.#withContent(app, async (apk, content) => {
        await this.#uninstall(apk)
        await this.#install(app, apk, content)
      }),
    )
  }

  /** An error if the app is installed but has no activity that can be started; see AppCapability. */
  async startRefusal(app: AppFile, reason: string): Promise<BatonError | undefined> {
    const apk = this.#apks.get(app.hash)
    const message = nothingToStart.exec(reason)?.[0]
    if (!apk || message === undefined || !reason.includes(apk.package)) return undefined
    if (!(await this.#isInstalled(apk, app.hash).catch(() => false))) return undefined
    return this.#refusedError(
      app,
      `started: ${message}`,
      'its launcher activity must be in its manifest, enabled and exported',
    )
  }

  /** Clearing an app's data revokes the permissions that were granted with the installation. */
  async regrantPermissions({ hash }: AppFile): Promise<void> {
    const apk = this.#apks.get(hash)
    if (apk) await this.#grantPermissions(apk)
  }

  async #grantPermissions(apk: Apk): Promise<void> {
    if (!this.options.grantPermissions || apk.permissions.length === 0) return
    // Each by itself: those that need no consent can't be granted, and fail.
    const user = await currentUser(this.phone)
    const grants = apk.permissions.map(name => `pm grant --user ${user} ${quote(apk.package)} ${quote(name)}`)
    await this.phone.run(grants.join('; '))
  }

  /** @throws BATON_APP_REFUSED if the file has changed since the run was submitted: half of a run would test another app */
  async #withContent<T>(app: AppFile, work: (apk: Apk, content: Buffer) => Promise<T>): Promise<T> {
    try {
      return await withAppContent(app.path, async ({ hash, apk, content }) => {
        if (hash === app.hash) return work(apk, content)
        throw this.#refusedError(app, 'installed: the file has changed since Baton was started', 'start the run again')
      })
    } catch (error) {
      if (error instanceof AppFileError) throw this.#refusedError(app, `installed: ${error.message}`, error.hint)
      throw error
    }
  }

  /** @param problem - completes "APP could not be" */
  #refusedError({ name }: AppFile, problem: string, knownHint?: string): BatonError {
    const { device, udid } = this.phone
    const hint = knownHint ?? `run \`adb -s ${udid} install -r -t ${name}\` to see why`
    return new BatonError('BATON_APP_REFUSED', `${device}: ${name} could not be ${problem}`, { device, hint })
  }

  async #install(app: AppFile, apk: Apk, content: Buffer): Promise<void> {
    const answer = await this.#push(content)
    const final = conflictsWithInstalled.test(answer)
      ? await this.#uninstall(apk).then(() => this.#push(content))
      : answer
    const path = await currentInstallPath(this.phone, apk.package)
    if (!/^Success/m.test(final) || path === undefined) {
      const why = final.trim() || 'no message from the phone'
      throw this.#refusedError(app, `installed: ${why}`, hints.find(([pattern]) => pattern.test(why))?.[1])
    }
    // On a phone that forbids it, the app is installed again next time.
    await this.phone.run(`settings put global ${settingKey(apk)} ${quote(`${app.hash} ${path}`)}`)
  }

  async #push(content: Buffer): Promise<string> {
    const grant = this.options.grantPermissions ? ' -g' : ''
    return this.#execGuarded(`cmd package install -r -t${grant} -S ${content.length}`, content)
  }

  async #uninstall(apk: Apk): Promise<void> {
    await this.#execGuarded(`cmd package uninstall ${quote(apk.package)}`)
  }

  async #execGuarded(command: string, input?: Buffer): Promise<string> {
    const { stdout, stderr } = await this.options.watchdog.guard(signal =>
      this.phone.run(command, { timeoutMs: installMs, signal, ...(input && { input }) }),
    )
    return stdout + stderr
  }

  async #isInstalled(apk: Apk, hash: string): Promise<boolean> {
    const [noted, path] = await Promise.all([
      this.phone.shell(`settings get global ${settingKey(apk)}`),
      currentInstallPath(this.phone, apk.package),
    ])
    return path !== undefined && noted.trim() === `${hash} ${path}`
  }
}

function settingKey(apk: Apk): string {
  return `baton_app_${apk.package}`
}
