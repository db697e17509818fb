import pLimit from 'p-limit'
import { basename } from 'node:path'
import type { Apk } from '../../../src/device/apk/read-apk.js'
import { AppFileFault } from '../../../src/device/app-file.js'
import type { AppFile } from '../../../src/device/driver/app-capability.js'
import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { withAppContent } from './app-contents.js'
import { quote } from './android-reset.js'
import type { PackageManagerWatchdog } from '../health/package-manager-watchdog.js'

/** Most that a phone may take to install or remove an app, its package manager answering all the while. */
const installMs = 180_000
/** The old one is in the way, and goes first. */
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

/** UiAutomator2's words, and the phone's, for an app with nothing in it that may be started. All else may be the phone's fault. */
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
 * The app of an entry.
 * @throws BatonError BATON_CONFIG_INVALID where the file is not there, or none that can be installed
 */
export async function resolveApp(path: string): Promise<AppFile> {
  try {
    return await withAppContent(path, ({ hash }) => ({ hash, path, name: basename(path) }))
  } catch (error) {
    if (!(error instanceof AppFileFault)) throw error
    throw new BatonError('BATON_CONFIG_INVALID', `app '${path}': ${error.message}.`, { hint: error.hint, cause: error })
  }
}

export interface PhoneAppsOptions {
  grantPermissions: boolean
  /** Stands beside each installation. */
  watchdog: PackageManagerWatchdog
}

/**
 * Apps on one phone. Which content is installed, the phone itself remembers: beside the place that Android gave it, which
 * changes with each installation, so that whoever else installs another is noticed.
 */
export class PhoneApps {
  readonly #apks = new Map<string, Apk>()
  /** One installation at a time: whoever gave up waiting for one may be followed by another. */
  readonly #serially = pLimit(1)

  constructor(
    private readonly phone: AdbPhone,
    private readonly options: PhoneAppsOptions,
  ) {}

  /**
   * Installs an app unless that very content is there.
   * @throws BatonError BATON_APP_REFUSED with the phone's own words; BATON_DEVICE_UNFIT where its package manager hangs
   */
  async ensureInstalled(app: AppFile): Promise<Apk> {
    return this.#serially(async () => {
      const known = this.#apks.get(app.hash)
      if (known && (await this.#isInstalled(known, app.hash))) return known
      return this.#withContent(app, async (apk, content) => {
        // What somebody else has installed needn't have been granted anything.
        if (!known && (await this.#isInstalled(apk, app.hash))) await this.#grantPermissions(apk)
        else await this.#install(app, apk, content)
        this.#apks.set(app.hash, apk)
        return apk
      })
    })
  }

  /** Removes it with all its data, and installs it. */
  async reinstall(app: AppFile): Promise<void> {
    await this.#serially(async () =>
      this.#withContent(app, async (apk, content) => {
        await this.#uninstall(apk)
        await this.#install(app, apk, content)
      }),
    )
  }

  /** Where the phone has that very content, and finds nothing in it that it may start; see PreparedDevice. */
  async refusalToStart(app: AppFile, why: string): Promise<BatonError | undefined> {
    const apk = this.#apks.get(app.hash)
    const words = nothingToStart.exec(why)?.[0]
    if (!apk || words === undefined || !why.includes(apk.package)) return undefined
    if (!(await this.#isInstalled(apk, app.hash).catch(() => false))) return undefined
    return this.#refusedError(
      app,
      `started: ${words}`,
      'its launcher activity must be in its manifest, enabled and exported',
    )
  }

  /** Clearing an app's data takes back what was granted as it was installed. */
  async regrantPermissions({ hash }: AppFile): Promise<void> {
    const apk = this.#apks.get(hash)
    if (apk) await this.#grantPermissions(apk)
  }

  async #grantPermissions(apk: Apk): Promise<void> {
    if (!this.options.grantPermissions || apk.permissions.length === 0) return
    // Those that no user is asked for can't be granted, and needn't be.
    const grants = apk.permissions.map(name => `pm grant ${quote(apk.package)} ${quote(name)}`)
    await this.phone.shell(grants.join('; '))
  }

  /** A build that went on since the file was named has made another app of it: half of a run would be tried on that. */
  async #withContent<T>(app: AppFile, work: (apk: Apk, content: Buffer) => Promise<T>): Promise<T> {
    try {
      return await withAppContent(app.path, async ({ hash, apk, content }) => {
        if (hash === app.hash) return work(apk, content)
        throw this.#refusedError(app, 'installed: the file has changed since Baton was started', 'start Baton again')
      })
    } catch (error) {
      if (error instanceof AppFileFault) throw this.#refusedError(app, `installed: ${error.message}`, error.hint)
      throw error
    }
  }

  /** @param what - could not be done, and why */
  #refusedError({ name }: AppFile, what: string, known?: string): BatonError {
    const { device, udid } = this.phone
    const hint = known ?? `\`adb -s ${udid} install -r -t ${name}\` by hand tells more`
    return new BatonError('BATON_APP_REFUSED', `${device}: ${name} could not be ${what}`, { device, hint })
  }

  async #install(app: AppFile, apk: Apk, content: Buffer): Promise<void> {
    const answer = await this.#push(content)
    const second = conflictsWithInstalled.test(answer)
      ? await this.#uninstall(apk).then(() => this.#push(content))
      : answer
    const where = await this.#installPath(apk)
    if (!/^Success/m.test(second) || where === '') {
      const why = second.trim() || 'the phone said nothing'
      throw this.#refusedError(app, `installed: ${why}`, hints.find(([pattern]) => pattern.test(why))?.[1])
    }
    await this.phone.shell(`settings put global ${settingKey(apk)} ${quote(`${app.hash} ${where}`)}`)
  }

  async #push(content: Buffer): Promise<string> {
    const grant = this.options.grantPermissions ? ' -g' : ''
    return this.#execGuarded(`cmd package install -r -t${grant} -S ${content.length}`, content)
  }

  async #uninstall(apk: Apk): Promise<void> {
    await this.#execGuarded(`cmd package uninstall ${quote(apk.package)}`)
  }

  async #execGuarded(command: string, input?: Buffer): Promise<string> {
    const answer = await this.options.watchdog.guard(givenUp =>
      this.phone.exec(command, { timeoutMs: installMs, signal: givenUp, ...(input && { input }) }),
    )
    return answer.toString()
  }

  async #isInstalled(apk: Apk, hash: string): Promise<boolean> {
    const [noted, where] = await Promise.all([
      this.phone.shell(`settings get global ${settingKey(apk)}`),
      this.#installPath(apk),
    ])
    return where !== '' && noted.trim() === `${hash} ${where}`
  }

  /** Where Android put it; empty: it is not installed. */
  async #installPath(apk: Apk): Promise<string> {
    return /^package:(\S+)/m.exec(await this.phone.shell(`pm path ${quote(apk.package)}`))?.[1] ?? ''
  }
}

function settingKey(apk: Apk): string {
  return `baton_app_${apk.package}`
}
