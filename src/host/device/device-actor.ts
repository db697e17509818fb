import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DeviceEntry, ResetPolicy } from '../../device/device-entry.js'
import type { AppFile } from '../../device/driver/app-capability.js'
import type { DeviceObserver, Driver, PreparedDevice } from '../../device/driver/driver.js'
import type { VideoMode } from '../../device/video-mode.js'
import { BatonError } from '../../error/baton-error.js'
import { backoffMs } from '../../process/backoff.js'
import type { DeviceToCheck, HostDevice } from '../../lease/host-leases.js'
import type { RoleSession } from '../../script/worker-messages.js'
import type { CheckVerdict } from '../allocation/allocation-checks.js'
import { collectFiles, type CollectedFile } from './collect-files.js'
import { describeDevice } from './describe-device.js'
import { DeviceRecorder } from './device-recorder.js'
import type { Gateway } from '../gateway/gateway.js'
import { nextLease, type LeaseId } from '../gateway/gateway-token.js'
import { DeviceSession, type StartLimiter } from './session/device-session.js'

export interface DeviceActorOptions {
  entry: DeviceEntry
  driver: Driver
  /** Parent of the device's own folder. */
  workDir: string
  hostName: string
  env: Readonly<Record<string, string | undefined>>
  gateway: Gateway
  /** URL of the host's own Appium, once it is up. */
  appium: () => Promise<string>
  /** Aborted where the host stops. */
  stop: AbortSignal
  /** Told of a device that its driver follows. */
  observer: DeviceObserver
  /** For devices that this machine starts. */
  startLimiter: StartLimiter
}

/** What a lead needs to drive a device; its role is the lead's business. */
export interface DeviceOffer extends Omit<RoleSession, 'role'> {
  /** It is being filmed, and the film is wanted under this condition. */
  video?: VideoMode
}

/** What a module is to find on a device. */
export interface DeviceRequirements {
  /** Absent: the device's own. */
  app?: AppFile | undefined
  /** URLs of the run's servers. */
  servers?: readonly string[]
  /** Absent: as devices.json says. */
  video?: VideoMode | undefined
}

/** A session that was left alone this long is asked whether it is still there before a module gets it. */
const trustedForMs = 2_000
/** Backoff between two openings of a session, before it grows. */
const reopen = { firstMs: 250, maxMs: 10_000 }

/** One device at its own host: what it is, its session, and making it ready for one module after another. */
export class DeviceActor {
  readonly name: string
  readonly #reset: ResetPolicy
  readonly #sessions: DeviceSession
  #usedAt = 0
  /** What the last module asked for; it stays for the next one that doesn't say. */
  #app: AppFile | undefined
  #inUse = false
  /** Of what the module that has it does there. */
  readonly recorder: DeviceRecorder

  private constructor(
    private readonly options: DeviceActorOptions,
    private readonly prepared: PreparedDevice,
    private readonly directory: string,
  ) {
    const { entry, driver, gateway } = options
    this.name = entry.name
    this.recorder = new DeviceRecorder(prepared, directory)
    this.#reset = entry.reset ?? driver.resets[0] ?? 'none'
    const foreign = entry.appium?.url
    this.#sessions = new DeviceSession({
      device: entry.name,
      prepared,
      capabilities: entry.capabilities,
      reset: this.#reset,
      appium: foreign === undefined ? options.appium : () => Promise.resolve(foreign),
      usesForeignAppium: foreign !== undefined,
      gateway,
      startLimiter: driver.startsDevices && foreign === undefined ? options.startLimiter : undefined,
      stop: options.stop,
    })
  }

  /** @throws BatonError where the driver does not find the device or what it needs */
  static async prepare(options: DeviceActorOptions): Promise<DeviceActor> {
    const workDir = path.join(options.workDir, 'devices', options.entry.name)
    await mkdir(workDir, { recursive: true })
    const { env, observer } = options
    const prepared = await options.driver.prepare(options.entry, { workDir, env, observer })
    return new DeviceActor(options, prepared, workDir)
  }

  /** The device as the farm is to know it; labels that its driver finds out come with it. */
  get hostDevice(): HostDevice {
    return describeDevice({ ...this.options, prepared: this.prepared })
  }

  /** A module has it, or it is being made ready for one. */
  get inUse(): boolean {
    return this.#inUse
  }

  /** Nothing has to be done between two modules. */
  get isReusable(): boolean {
    return this.#reset === 'none'
  }

  /** It lives on an Appium server that is not the host's. */
  get foreign(): boolean {
    return this.options.entry.appium !== undefined
  }

  /**
   * Hands the device to a lease.
   * @param wishes - what the module is to find on it
   * @throws BatonError where its session cannot be opened; BATON_LEASE_LOST where the lease is over
   */
  async offer(lease: LeaseId, { app, servers = [], video }: DeviceRequirements = {}): Promise<DeviceOffer> {
    const { entry, gateway } = this.options
    // Whoever waited for an app may be late: another module has the device by now.
    if (!gateway.grant(this.name, lease)) {
      throw new BatonError('BATON_LEASE_LOST', `lease ${lease} of ${this.name} is over`, { device: this.name })
    }
    this.#inUse = true
    const mode = video ?? entry.video ?? 'off'
    const isFilmed = mode !== 'off' && this.recorder.start(lease)
    this.#app = app
    await this.prepared.reservation?.reserve(servers)
    if (Date.now() - this.#usedAt > trustedForMs) await this.#sessions.check().catch(() => {})
    await this.#readyWithApp()
    await this.#sessions.verifyIdentity()
    this.#usedAt = Date.now()
    const session = gateway.workerSession(this.name)
    if (!session) throw new BatonError('BATON_SESSION_LOST', `the session of ${this.name} ended`, { device: this.name })
    const { labels, platform, udid } = this.hostDevice
    return {
      device: { name: this.name, labels: [...labels], platform, ...(udid !== undefined && { udid }) },
      session,
      gateway: gateway.address,
      headers: gateway.headersFor(lease),
      webdriver: entry.webdriver,
      ...(isFilmed && { video: mode }),
    }
  }

  /** Makes the device ready for its next module: what the allocation calls a check. */
  async check({ lease: fence }: DeviceToCheck): Promise<CheckVerdict> {
    const { stop } = this.options
    this.#inUse = true
    const drained = await this.options.gateway.revoke(this.name, nextLease(fence))
    this.prepared.reservation?.release()
    this.recorder.discard()
    try {
      return await this.#makeReady(drained, stop)
    } finally {
      this.#inUse = false
    }
  }

  /** A module has ended, and nothing need be done before the next one. */
  returnReusable(): void {
    this.prepared.reservation?.release()
    this.recorder.discard()
    this.#inUse = false
  }

  async #makeReady(drained: boolean, stop: AbortSignal): Promise<CheckVerdict> {
    for (let failures = 0; ; failures++) {
      const app = this.#app
      const refusal = await this.healthProblem()
      if (refusal !== undefined) return { state: 'offline', reason: refusal }
      try {
        const wanted = await this.#appCapabilities()
        if (failures > 0) await this.#sessions.ready(wanted)
        else await (drained ? this.#sessions.recycle(wanted) : this.#sessions.reopen(wanted))
        this.#usedAt = Date.now()
        return { state: 'idle' }
      } catch (error) {
        if (stop.aborted) throw error
        if (!(error instanceof BatonError)) throw error
        if (app && error.code !== 'BATON_DEVICE_LOST' && error.code !== 'BATON_DEVICE_UNFIT') {
          this.#dropApp()
          continue
        }
        if (isOfDevice(error)) return { state: 'offline', reason: withHint(error) }
        if (error.code === 'BATON_DEVICE_QUARANTINED') return { state: 'quarantined', reason: error.message }
        await delay(backoffMs(failures + 1, reopen), undefined, { signal: stop }).catch(() => {})
      }
    }
  }

  /**
   * What the driver can have of the device now to explain a failure.
   * @param timeoutMs - milliseconds that each command may take
   */
  async collectArtifacts(timeoutMs: number): Promise<CollectedFile[]> {
    return collectFiles(this.directory, directory => this.#sessions.collect(directory, timeoutMs))
  }

  /** Whether a fault of a session is the app's own doing. */
  async isAppFault(fault: string): Promise<boolean> {
    return this.#sessions.isAppFault(fault)
  }

  /** Why the device could not serve now, looked at beside its session; undefined where it could. */
  async healthProblem(): Promise<string | undefined> {
    try {
      await this.prepared.health?.check()
      return undefined
    } catch (error) {
      return error instanceof BatonError ? withHint(error) : String(error)
    }
  }

  /** One that was given up gets another chance. */
  clearQuarantine(): void {
    this.#sessions.clearQuarantine()
  }

  /** Its driver says that it has left: what hangs on it is let go at once. */
  deviceLost(): void {
    this.#sessions.deviceLost()
  }

  /** The host's Appium ended, and this device's session with it. */
  sessionLost(): void {
    this.#sessions.serverLost()
  }

  async #readyWithApp(): Promise<void> {
    try {
      await this.#sessions.ready(await this.#appCapabilities())
    } catch (error) {
      const app = this.#app
      if (!app) throw error
      this.#dropApp()
      const isOpening = error instanceof BatonError && error.code === 'BATON_SESSION_FAILED'
      throw (isOpening && (await this.prepared.apps?.startRefusal(app, error.message))) || error
    }
  }

  /**
   * An app that a run brought along, and that the device would not install or start, says nothing of the device: it is not
   * tried again until somebody asks for it.
   */
  #dropApp(): void {
    this.#app = undefined
    this.#sessions.clearQuarantine()
  }

  async #appCapabilities(): Promise<Record<string, unknown>> {
    return (await this.prepared.apps?.use(this.#app)) ?? {}
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.recorder.close()])
    await this.prepared.dispose()
  }
}

function withHint({ message, hint }: BatonError): string {
  return [message, hint].filter(Boolean).join('; ')
}

/** Session after session would fail for the same reason. */
function isOfDevice({ code }: BatonError): boolean {
  return code === 'BATON_DEVICE_LOST' || code === 'BATON_DEVICE_UNFIT' || code === 'BATON_APP_REFUSED'
}
