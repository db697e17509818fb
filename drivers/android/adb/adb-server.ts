import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client, Device } from '@devicefarmer/adbkit'
import { backoffMs } from '../../../src/process/backoff.js'
import type { AdbAddress } from '../android-keys.js'

/** What adb says of a phone: `device` is one that can be used; undefined: it is not there. */
export type AdbState = string | undefined

/** Told of every change, at once. */
export type AdbListener = (serial: string, state: AdbState) => void

/** Backoff between two tries to follow a server that ended. Milliseconds. */
const retry = { firstMs: 200, maxMs: 5_000 }
/** How long a server on another machine may take to answer. Milliseconds. */
const reachMs = 5_000

/**
 * An adb server as this process knows it: which phones are there, and a way to talk to them. The server itself is
 * everybody's: it is started where none runs on this machine, and never stopped.
 */
export class AdbServer {
  static readonly #shared = new Map<string, { server: Promise<AdbServer>; users: number }>()
  readonly #states = new Map<string, string>()
  readonly #listeners = new Set<AdbListener>()
  readonly #over = new AbortController()
  #endTracking: () => void = () => {}

  private constructor(
    readonly address: AdbAddress,
    private readonly client: Client,
  ) {}

  /**
   * The server at an address, followed; one for all devices of this process. Whoever takes it gives it back by `release`.
   * @param adb - the program that starts a server where none runs on this machine
   * @throws the system's error where it can be neither reached nor started
   */
  static async acquire(address: AdbAddress, adb: string): Promise<AdbServer> {
    const key = keyOf(address)
    const known = AdbServer.#shared.get(key) ?? { server: AdbServer.#start(address, adb), users: 0 }
    AdbServer.#shared.set(key, known)
    known.users += 1
    try {
      return await known.server
    } catch (error) {
      AdbServer.#shared.delete(key)
      throw error
    }
  }

  static async #start(address: AdbAddress, adb: string): Promise<AdbServer> {
    // Loaded only where there are Android devices: it would slow down every start of the command line.
    const { default: adbkit } = await import('@devicefarmer/adbkit')
    const server = new AdbServer(address, adbkit.Adb.createClient({ ...address, bin: adb }))
    void server.#keepTracking(await server.#track())
    return server
  }

  release(): void {
    const key = keyOf(this.address)
    const known = AdbServer.#shared.get(key)
    if (!known || --known.users > 0) return
    AdbServer.#shared.delete(key)
    this.#over.abort()
    this.#endTracking()
  }

  /** Phones that adb knows, whatever their state. */
  get serials(): string[] {
    return [...this.#states.keys()]
  }

  state(serial: string): AdbState {
    return this.#states.get(serial)
  }

  /** @returns what ends the listening */
  listen(listener: AdbListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Asks for services, one after the other on one connection, e.g. `host:transport:SERIAL` and then `shell:ls`.
   * @param signal - its abortion destroys the connection
   * @returns the connection as it is after the last one's OKAY; whoever reads it to its end or destroys it is done
   * @throws Error with what adb said where it refused
   */
  async openService(services: readonly string[], signal: AbortSignal): Promise<Socket> {
    const socket = connect({ ...this.address, noDelay: true })
    // 'close' follows every error.
    socket.on('error', () => {})
    const destroy = (): void => void socket.destroy()
    signal.addEventListener('abort', destroy, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', destroy))
    try {
      for (const service of services) {
        signal.throwIfAborted()
        socket.write(Buffer.byteLength(service).toString(16).padStart(4, '0') + service)
        const status = await readText(socket, 4)
        if (status !== 'OKAY') throw new Error(await readText(socket, parseInt(await readText(socket, 4), 16)))
      }
      return socket
    } catch (error) {
      destroy()
      throw signal.aborted ? (signal.reason as Error) : error
    }
  }

  /** @returns a promise of the end of the tracking, once the phones that are there are known */
  async #track(): Promise<{ ended: Promise<void> }> {
    // Where one refuses, adbkit starts one on this machine; and it waits for a machine that is off as long as the system does.
    if (!isLoopback(this.address.host)) {
      const deadline = AbortSignal.any([this.#over.signal, AbortSignal.timeout(reachMs)])
      ;(await this.openService(['host:version'], deadline)).destroy()
    }
    const tracker = await this.client.trackDevices()
    this.#endTracking = () => void tracker.end()
    const ended = new Promise<void>(resolve => {
      tracker.once('end', resolve)
      tracker.on('error', () => resolve())
    })
    const heardOf = new Set<string>()
    const hear = (serial: string, state: AdbState): void => {
      heardOf.add(serial)
      this.#setState(serial, state)
    }
    tracker.on('add', (device: Device) => hear(device.id, device.type))
    tracker.on('change', (device: Device) => hear(device.id, device.type))
    tracker.on('remove', (device: Device) => hear(device.id, undefined))
    // A tracker may have told of the phones that are there before anybody could listen.
    for (const { id, type } of await this.client.listDevices()) if (!heardOf.has(id)) this.#setState(id, type)
    return { ended }
  }

  async #keepTracking({ ended }: { ended: Promise<void> }): Promise<void> {
    for (let failures = 0; ;) {
      await ended
      const { signal } = this.#over
      if (signal.aborted) return
      // With the server went every connection to a phone; which of them are still there, the next one finds out.
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

function keyOf({ host, port }: AdbAddress): string {
  return `${host}:${port}`
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || ['localhost', '::1'].includes(host)
}

/** @throws the system's error, or that the connection was closed before so many bytes came */
async function readText(socket: Socket, bytes: number): Promise<string> {
  if (bytes === 0) return ''
  for (;;) {
    const chunk = socket.read(bytes) as Buffer | null
    if (chunk?.length === bytes) return chunk.toString()
    if (chunk || socket.destroyed) throw socket.errored ?? new Error('the adb server closed the connection')
    await new Promise<void>(resolve => {
      const goOn = (): void => {
        socket.off('readable', goOn).off('close', goOn)
        resolve()
      }
      socket.on('readable', goOn).on('close', goOn)
    })
  }
}
