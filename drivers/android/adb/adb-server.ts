import { setTimeout as delay } from 'node:timers/promises'
import type { Device } from '@devicefarmer/adbkit'
import { backoffMs } from '../../../src/process/backoff.js'
import { withTimeout } from '../../../src/process/deadline.js'
import type { AdbAddress } from '../android-keys.js'
import type { AdbClient, AdbClientOptions } from './adb-client.js'

/** A phone's state as adb reports it: `device` if it can be used; undefined if adb does not have it. */
export type AdbState = string | undefined

/** Called on every change, synchronously. */
export type AdbListener = (serial: string, state: AdbState) => void

/** Backoff between two attempts to track a server that has ended. */
const retry = { firstMs: 200, maxMs: 5_000 }
/** How long a server on another machine may take to answer. Milliseconds. */
const reachMs = 5_000
/** How long a server on this machine may take to start and to answer. Milliseconds. */
const startMs = 30_000

type CreateClient = (options: AdbClientOptions) => AdbClient

/**
 * An adb server, shared by all devices of this process: which phones it has, and clients to talk to it. Other programs use
 * the same server: it is started if none runs on this machine, and never stopped.
 */
export class AdbServer {
  static readonly #shared = new Map<string, { server: Promise<AdbServer>; users: number }>()
  readonly #states = new Map<string, string>()
  readonly #listeners = new Set<AdbListener>()
  readonly #released = new AbortController()
  #endTracking: () => void = () => {}

  private constructor(
    readonly address: AdbAddress,
    private readonly adb: string,
    private readonly createClient: CreateClient,
  ) {}

  /**
   * Connects to the server at an address and tracks its phones. Call `release` when done.
   * @param adb - the program that starts a server if none runs on this machine
   * @throws the system's error if the server can be neither reached nor started
   */
  static async acquire(address: AdbAddress, adb: string): Promise<AdbServer> {
    const key = keyOf(address)
    const shared = AdbServer.#shared.get(key) ?? { server: AdbServer.#start(address, adb), users: 0 }
    AdbServer.#shared.set(key, shared)
    shared.users += 1
    try {
      return await shared.server
    } catch (error) {
      AdbServer.#shared.delete(key)
      throw error
    }
  }

  static async #start(address: AdbAddress, adb: string): Promise<AdbServer> {
    // Loaded only if there are Android devices: adbkit would slow down every start of the command line.
    const { AdbClient } = await import('./adb-client.js')
    const server = new AdbServer(address, adb, options => new AdbClient(options))
    void server.#keepTracking(await server.#track())
    return server
  }

  release(): void {
    const key = keyOf(this.address)
    const shared = AdbServer.#shared.get(key)
    if (!shared || --shared.users > 0) return
    AdbServer.#shared.delete(key)
    this.#released.abort()
    this.#endTracking()
  }

  /** Serial numbers of all phones that adb knows, in any state. */
  get serials(): string[] {
    return [...this.#states.keys()]
  }

  state(serial: string): AdbState {
    return this.#states.get(serial)
  }

  /** @returns a function that removes the listener */
  listen(listener: AdbListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * A client for one operation. It never starts a server: that is left to the tracking.
   * @param signal - closes the client's connections when it aborts
   */
  client(signal: AbortSignal): AdbClient {
    return this.createClient({ address: this.address, signal })
  }

  /** @returns a promise that resolves when the tracking ends, once the present phones are known */
  async #track(): Promise<{ ended: Promise<void> }> {
    const { address, adb } = this
    const { signal } = this.#released
    const isLocal = isLoopback(address.host)
    // A connection attempt to a machine that is off would last as long as the system's own timeout.
    const reaching = AbortSignal.any([signal, AbortSignal.timeout(reachMs)])
    if (!isLocal) await inTime(async () => this.client(reaching).version(), reachMs)
    const client = this.createClient({ address, signal: new AbortController().signal, ...(isLocal && { adb }) })
    const tracker = await inTime(async () => client.trackDevices(), startMs)
    this.#endTracking = () => void tracker.end()
    const ended = new Promise<void>(resolve => {
      tracker.once('end', resolve)
      tracker.on('error', () => resolve())
    })
    const reported = new Set<string>()
    const report = (serial: string, state: AdbState): void => {
      reported.add(serial)
      this.#setState(serial, state)
    }
    tracker.on('add', (device: Device) => report(device.id, device.type))
    tracker.on('change', (device: Device) => report(device.id, device.type))
    tracker.on('remove', (device: Device) => report(device.id, undefined))
    // adbkit's tracker may have reported the present phones before these listeners were added.
    const present = await inTime(async () => client.listDevices(), startMs)
    for (const { id, type } of present) if (!reported.has(id)) this.#setState(id, type)
    return { ended }
  }

  async #keepTracking({ ended }: { ended: Promise<void> }): Promise<void> {
    const { signal } = this.#released
    for (let failures = 0; ;) {
      await ended
      if (signal.aborted) return
      // All connections to phones ended with the server. The next server reports which phones are still there.
      for (const serial of this.serials) this.#setState(serial, undefined)
      try {
        if (failures > 0) await delay(backoffMs(failures, retry), undefined, { signal })
        ended = (await this.#track()).ended
        failures = 0
      } catch {
        failures += 1
      }
      if (signal.aborted) return this.#endTracking()
    }
  }

  #setState(serial: string, state: AdbState): void {
    if (state === undefined) this.#states.delete(serial)
    else this.#states.set(serial, state)
    for (const listener of this.#listeners) listener(serial, state)
  }
}

/** adbkit waits forever if a connection is closed between two steps of a request. */
async function inTime<T>(request: () => Promise<T>, timeoutMs: number): Promise<T> {
  return withTimeout(request(), timeoutMs, () => {
    throw new Error(`the adb server did not answer within ${timeoutMs} ms`)
  })
}

function keyOf({ host, port }: AdbAddress): string {
  return `${host}:${port}`
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || ['localhost', '::1'].includes(host)
}
