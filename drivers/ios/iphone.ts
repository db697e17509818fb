import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Artifact, ArtifactCapability } from '../../src/device/driver/artifact-capability.js'
import type { DriverContext, PreparedDevice } from '../../src/device/driver/driver.js'
import type { HealthCapability } from '../../src/device/driver/health-capability.js'
import type { ReservationCapability } from '../../src/device/driver/session-capability.js'
import { writeArtifact } from '../../src/device/write-artifact.js'
import { BatonError } from '../../src/error/baton-error.js'
import type { IosKeys } from './ios-keys.js'
import { IphoneSessions } from './iphone-sessions.js'
import { wdaClient, type WdaClient } from './wda-client.js'
import { WdaMonitor } from './wda-monitor.js'

/** Keys of the labels below. */
export const iphoneLabelKeys = ['os', 'model', 'formFactor'] as const

export interface IphoneParts {
  entry: DeviceEntry
  keys: IosKeys
  context: DriverContext
  /** Releases the phone's lock. */
  release: () => Promise<void>
}

/** One phone for as long as the host runs, however often its WebDriverAgent ends and is started again. */
export class Iphone implements PreparedDevice {
  readonly udid: string
  readonly sessions: IphoneSessions
  readonly health: HealthCapability
  readonly reservation: ReservationCapability
  readonly artifacts: ArtifactCapability
  labels: readonly string[] = []
  readonly #wda: WdaClient
  readonly #monitor: WdaMonitor

  constructor(private readonly parts: IphoneParts) {
    const { entry, keys, context } = parts
    this.udid = keys.udid
    this.#wda = wdaClient(entry.name, keys)
    this.#monitor = new WdaMonitor(this.#wda, context.observer, async () => this.#readLabels())
    this.sessions = new IphoneSessions({ device: entry.name, keys, wda: this.#wda })
    this.health = { check: async () => this.#check(), watchOpening: async open => open(new AbortController().signal) }
    this.reservation = {
      reserve: async () => this.#monitor.setInUse(true),
      release: () => this.#monitor.setInUse(false),
    }
    this.artifacts = { collect: async (_session, directory) => this.#collect(directory) }
  }

  /** @throws BatonError BATON_DEVICE_LOST if the phone is missing and has no observer that waits for it */
  async start(): Promise<this> {
    await this.#monitor.start()
    return this
  }

  async dispose(): Promise<void> {
    if (this.#monitor.isStopped) return
    this.#monitor.stop()
    await this.parts.release()
  }

  async #check(): Promise<void> {
    await this.#wda.status()
    if (!(await this.#wda.isLocked())) return
    // A phone with a passcode stays locked.
    await this.#wda.unlock()
    if (!(await this.#wda.isLocked())) return
    const { name } = this.parts.entry
    throw new BatonError('BATON_DEVICE_UNFIT', `the screen of ${name} is locked, and stays locked`, {
      device: name,
      hint: 'unlock it, and remove its passcode',
    })
  }

  async #readLabels(): Promise<void> {
    const { os, device } = await this.#wda.status()
    const { model } = await this.#wda.deviceInfo()
    const labels: Record<(typeof iphoneLabelKeys)[number], string | undefined> = {
      os: os?.version,
      model,
      formFactor: device === undefined ? undefined : device === 'ipad' ? 'tablet' : 'phone',
    }
    this.labels = Object.entries(labels).flatMap(([key, value]) =>
      value === undefined || value === '' ? [] : [`${key}=${value.replaceAll(/[,\p{Cc}\s]+/gu, ' ').trim()}`],
    )
  }

  /**
   * Asks WebDriverAgent itself, which also works if the session is dead. If WebDriverAgent is dead, the XCUITest driver
   * reports elements as not found: then the phone is at fault, not the module.
   */
  async #collect(directory: string): Promise<Artifact[]> {
    const failure = await this.#wda.status().then(
      () => undefined,
      (error: unknown) => (error instanceof BatonError ? error : undefined),
    )
    if (failure) {
      this.#monitor.reportLost(failure)
      const note = await writeArtifact(directory, {
        kind: 'device-log',
        name: 'webdriveragent.txt',
        read: async () => `${failure.format()}\n`,
      })
      return note ? [{ ...note, summary: failure.message, deviceFault: true }] : []
    }
    const artifacts = await Promise.all([
      writeArtifact(directory, {
        kind: 'screenshot',
        name: 'screenshot.png',
        read: async () => this.#wda.screenshot(),
      }),
      writeArtifact(directory, { kind: 'source', name: 'source.xml', read: async () => this.#wda.source() }),
    ])
    return artifacts.filter(artifact => artifact !== undefined)
  }
}
