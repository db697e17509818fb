import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import pLimit from 'p-limit'
import { defaults } from '../../device/defaults.js'
import type { DeviceObserver, PreparedDevice } from '../../device/driver/driver.js'
import { allSettledOrThrow, BatonError } from '../../error/baton-error.js'
import type { DeviceToCheck, HostDevice } from '../../lease/host-leases.js'
import type { CheckVerdict } from '../allocation/allocation-checks.js'
import { nextLease, type LeaseId } from '../gateway/gateway-token.js'
import { ProxiedNetwork } from '../network/proxied-network.js'
import { collectFiles, type CollectedFile } from './collect-files.js'
import type { DeviceActorOptions } from './device-actor-options.js'
import { describeDevice } from './describe-device.js'
import type { DeviceOffer, DeviceRequirements } from './device-offer.js'
import { DeviceReadiness, withHint } from './device-readiness.js'
import { DeviceRecorder } from './device-recorder.js'
import {
  failuresAfter,
  transitionOf,
  type DeviceEffect,
  type DeviceEvent,
  type DeviceActorState,
} from './device-states.js'
import { HealthSchedule } from './health-schedule.js'
import { DeviceSession } from './session/device-session.js'

/**
 * One device on its own host. Everything that happens to the device is an event in its mailbox; the table in
 * device-states.ts says what follows. Sessions, health and recording are parts that the actor uses.
 */
export class DeviceActor {
  readonly name: string
  readonly recorder: DeviceRecorder
  readonly network: ProxiedNetwork
  readonly #session: DeviceSession
  readonly #readiness: DeviceReadiness
  readonly #health: HealthSchedule
  /** One check at a time: the result always belongs to the latest. */
  readonly #checks = pLimit(1)
  readonly #mailbox: { event: DeviceEvent; reason: string }[] = []
  #state: DeviceActorState = 'offline'
  /** Failed checks in a row. */
  #failures = 0
  #reserved = false
  #handling = false

  private constructor(
    private readonly options: DeviceActorOptions,
    private readonly prepared: PreparedDevice,
    private readonly directory: string,
  ) {
    const { entry, driver, gateway, stop } = options
    this.name = entry.name
    this.recorder = new DeviceRecorder(prepared, directory)
    this.network = new ProxiedNetwork(entry, prepared.networkPath, options)
    const foreign = entry.appium?.url
    this.#session = new DeviceSession({
      device: entry.name,
      prepared,
      capabilities: entry.capabilities,
      reset: this.#reset,
      appium: foreign === undefined ? options.appium : () => Promise.resolve(foreign),
      usesForeignAppium: foreign !== undefined,
      gateway,
      proxyPort: this.network.sessionProxy,
      startLimiter: driver.startsDevices && foreign === undefined ? options.startLimiter : undefined,
      stop,
    })
    this.#readiness = new DeviceReadiness(prepared, this.#session, stop)
    const intervalMs = options.healthCheckIntervalMs ?? defaults.healthCheckIntervalMs
    this.#health = new HealthSchedule(intervalMs, () => void this.#checkHealth())
    stop.addEventListener('abort', () => this.#health.stop(), { once: true })
  }

  /** @throws BatonError if the driver cannot find the device or its tools */
  static async prepare(options: DeviceActorOptions): Promise<DeviceActor> {
    const workDir = path.join(options.workDir, 'devices', options.entry.name)
    await mkdir(workDir, { recursive: true })
    // A driver may report before it has finished: that is handled when the actor exists.
    const early: [DeviceEvent, string][] = []
    let actor: DeviceActor | undefined
    const send = (event: DeviceEvent, reason: string): void => {
      if (actor) actor.#send(event, reason)
      else early.push([event, reason])
    }
    const observer: DeviceObserver = {
      lost: error => send('lost', withHint(error)),
      back: reason => send('back', reason),
    }
    const { entry, driver, env, hostPorts } = options
    const prepared = await driver.prepare(entry, { workDir, env, observer, hostPorts })
    actor = new DeviceActor(options, prepared, workDir)
    for (const [event, reason] of early) send(event, reason)
    return actor
  }

  /** The device as the farm knows it, with the labels that its driver found out. */
  get hostDevice(): HostDevice {
    return describeDevice({ ...this.options, prepared: this.prepared })
  }

  get state(): DeviceActorState {
    return this.#state
  }

  /** It needs no check between two modules. */
  get isReusable(): boolean {
    return this.#reset === 'none'
  }

  /** Who can reset it between two iterations of a module that is explored: `pages` if leaving its pages is enough. */
  get resetBy(): 'pages' | 'host' {
    const used = this.options.gateway.usedCommands(this.name).names
    const isEnough = this.#reset === 'app' && this.prepared.sessions.isResetByPages?.(used)
    return isEnough && !this.options.gateway.needsNewSession(this.name) ? 'pages' : 'host'
  }

  /** The folder into which its browser saves downloads, if it has one on this machine. */
  get downloads(): string | undefined {
    return this.prepared.downloads
  }

  /** It is driven by an Appium server that does not belong to the host. */
  get usesForeignAppium(): boolean {
    return this.options.entry.appium !== undefined
  }

  /**
   * Hands the device to a lease.
   * @throws BatonError BATON_LEASE_LOST if the lease is over, BATON_DEVICE_LOST if the device cannot serve now, or why its
   *   session cannot be opened
   */
  async offer(lease: LeaseId, requirements: DeviceRequirements = {}): Promise<DeviceOffer> {
    const { gateway } = this.options
    // The lease may have ended while its app was fetched: another module uses the device now.
    if (!gateway.grant(this.name, lease)) {
      throw new BatonError('BATON_LEASE_LOST', `lease ${lease} of ${this.name} is over`, { device: this.name })
    }
    if (this.#send('offer').includes('refuse')) {
      throw new BatonError('BATON_DEVICE_LOST', `${this.name} is ${this.#state}`, { device: this.name })
    }
    return this.#serve(lease, requirements)
  }

  /** Makes the device ready for its next module, after any check that is still running. */
  async check({ lease }: DeviceToCheck): Promise<CheckVerdict> {
    return this.#checks(async () => {
      if (this.#send('check').includes('refuse')) return { state: 'offline', reason: 'its host stops' }
      const verdict = await this.#makeReady(lease).catch((error: unknown) => {
        this.#send('unfit')
        throw error
      })
      this.#send(resultEvents[verdict.state])
      return verdict
    })
  }

  /** The module has ended, and the device is ready for the next one. @returns false if it needs a check after all */
  returnReusable(): boolean {
    this.#send('return')
    return this.#state === 'idle'
  }

  /** The host's Appium ended, and this device's session with it. */
  serverLost(): void {
    this.#send('server-lost', 'Appium ended and is started again')
  }

  /** Resets the device for the module that holds it. @param wanted - capabilities in addition to the device's own */
  renewSession = async (wanted: Record<string, unknown>): Promise<void> => this.#readiness.renew(wanted)

  /** @param timeoutMs - milliseconds that each command may take */
  async collectArtifacts(timeoutMs: number): Promise<CollectedFile[]> {
    return collectFiles(this.directory, directory => this.#session.collect(directory, timeoutMs))
  }

  /** Whether the app caused a session's fault and the session is still well. */
  async isAppFault(fault: string): Promise<boolean> {
    return this.#session.isAppFault(fault)
  }

  async close(): Promise<void> {
    this.#send('close')
    try {
      await allSettledOrThrow([this.#session.close(), this.recorder.close(), this.network.close()])
    } finally {
      await this.prepared.dispose()
    }
  }

  get #reset() {
    return this.options.entry.reset ?? this.options.driver.resets[0] ?? 'none'
  }

  /**
   * Handles an event after all that arrived before it.
   * @returns the effects of the event; none if it has to wait
   */
  #send(event: DeviceEvent, reason = ''): readonly DeviceEffect[] {
    this.#mailbox.push({ event, reason })
    if (this.#handling) return []
    this.#handling = true
    let effects: readonly DeviceEffect[] = []
    try {
      for (let next = this.#mailbox.shift(); next; next = this.#mailbox.shift()) {
        this.#failures = failuresAfter(this.#state, next.event, this.#failures)
        const transition = transitionOf(this.#state, next.event)
        this.#state = transition.state
        effects = transition.effects
        for (const effect of effects) this.#perform(effect, next.reason)
      }
    } finally {
      this.#handling = false
    }
    return effects
  }

  #perform(effect: DeviceEffect, reason: string): void {
    const { farm, stop } = this.options
    switch (effect) {
      case 'release':
        return this.#release()
      case 'force-close-session':
        return this.#session.deviceLost()
      case 'forget-session':
        return this.#session.serverLost()
      case 'clear-quarantine':
        return this.#session.clearQuarantine()
      case 'report-offline':
        return stop.aborted ? undefined : farm.reportOffline(this.name, reason)
      case 'request-check':
        return stop.aborted ? undefined : farm.requestCheck(this.hostDevice, reason)
      case 'schedule-health-check':
        return stop.aborted ? undefined : this.#health.schedule(this.#failures)
      case 'stop-health-checks':
        return this.#health.stop()
      case 'serve':
      case 'refuse':
      case 'make-ready':
        // The method that sent the event does this, and returns the result.
        return undefined
    }
  }

  async #serve(lease: LeaseId, { app, servers = [], video }: DeviceRequirements): Promise<DeviceOffer> {
    const { entry, gateway } = this.options
    const mode = video ?? entry.video ?? 'off'
    const isRecorded = mode !== 'off' && this.recorder.start(lease)
    this.#reserved = true
    const ports = await this.network.serve(servers)
    await this.prepared.reservation?.reserve(servers, ports)
    await this.#readiness.prepareForModule(app)
    const session = gateway.workerSession(this.name)
    if (!session) throw new BatonError('BATON_SESSION_LOST', `the session of ${this.name} ended`, { device: this.name })
    const { labels, platform, udid } = this.hostDevice
    return {
      device: { name: this.name, labels: [...labels], platform, ...(udid !== undefined && { udid }) },
      session,
      gateway: gateway.address,
      headers: gateway.headersFor(lease, this.name),
      webdriver: entry.webdriver,
      ...(this.#reset !== 'none' && { reset: this.#reset }),
      ...(isRecorded && { video: mode }),
    }
  }

  async #makeReady(lease: LeaseId): Promise<CheckVerdict> {
    const drained = await this.options.gateway.revoke(this.name, nextLease(lease))
    this.#release()
    return this.#readiness.makeReady(drained)
  }

  #release(): void {
    this.recorder.discard()
    this.network.release()
    if (!this.#reserved) return
    this.#reserved = false
    this.prepared.reservation?.release()
  }

  async #checkHealth(): Promise<void> {
    const problem = await this.#readiness.healthProblem()
    if (problem === undefined) this.#send('healthy', 'it is given another chance')
    else this.#send('unhealthy', problem)
  }
}

const resultEvents = { idle: 'ready', offline: 'unfit', quarantined: 'unopenable' } as const
