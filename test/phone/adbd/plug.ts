import { EventEmitter, once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import type { Phone, PhoneOptions } from '../phone.js'
import { encodeRequest, waitUntilOnline } from './server-request.js'
import { openService } from './services.js'
import { Transport } from './transport.js'

/**
 * How a phone attaches: `emulator` registers itself with the adb server, which notices at once when it leaves; `connect`
 * waits for `adb connect`, like a phone on Wi-Fi.
 */
export type PlugStyle = 'emulator' | 'connect'

/** Above 5555 to 5585, which adb scans for emulators, and below the system's ports for clients. */
const ports = { from: 20_001, to: 32_000 }
/** Milliseconds until an attached phone without a connection registers again: the server may have been restarted. */
const registerAgainMs = 200
const features = ['cmd', 'fixed_push_mkdir']

/** The phone's end of the cable: the port of its adb daemon, and the connections to it. */
export class Plug {
  port = 0
  readonly #phone: Phone
  readonly #options: PhoneOptions
  readonly #events = new EventEmitter()
  readonly #transports = new Set<Transport>()
  #server: Server | undefined
  /** Reserves the port among the phones of this machine while this one is unplugged and does not listen. */
  #reservation: Server | undefined
  #plugged = false
  #frozen = false
  #timer: NodeJS.Timeout | undefined

  constructor(phone: Phone, options: PhoneOptions) {
    this.#phone = phone
    this.#options = options
  }

  get serial(): string {
    return this.#options.style === 'emulator' ? `emulator-${this.port - 1}` : `127.0.0.1:${this.port}`
  }

  get connections(): number {
    return this.#transports.size
  }

  /** Resolves when the adb server has the phone online. */
  async connected(): Promise<void> {
    if (![...this.#transports].some(transport => transport.isGreeted)) await once(this.#events, 'greeted')
    await waitUntilOnline(this.#options.adbServerPort, this.serial)
  }

  /** Reserves a port for the phone's lifetime, so that its serial number stays the same. */
  async reserve(): Promise<void> {
    while (this.port === 0) {
      const port = ports.from + 2 * Math.floor((Math.random() * (ports.to - ports.from)) / 2)
      // An emulator's console uses the port below.
      const reservation = createServer(socket => socket.destroy())
      if (!(await listensAt(reservation, port - 1))) continue
      if (await this.#listen(port)) {
        this.port = port
        this.#reservation = reservation
      } else reservation.close()
    }
  }

  release(): void {
    this.#reservation?.close()
  }

  async plug(): Promise<void> {
    if (this.#plugged) return
    this.#plugged = true
    if (!this.#server && !(await this.#listen(this.port)))
      throw new Error(`port ${this.port} of the simulated phone was taken`)
    this.#register()
  }

  async unplug(): Promise<void> {
    this.#plugged = false
    clearTimeout(this.#timer)
    for (const transport of this.#transports) transport.close()
    this.#transports.clear()
    await this.#close()
  }

  freeze(): void {
    this.#frozen = true
    for (const transport of this.#transports) transport.freeze()
  }

  /** As `freeze`, until adb replaces the connection. */
  stall(): void {
    for (const transport of this.#transports) transport.freeze()
  }

  thaw(): void {
    this.#frozen = false
    for (const transport of this.#transports) transport.thaw()
  }

  async #listen(port: number): Promise<boolean> {
    const server = createServer(socket => {
      const transport = new Transport(socket, {
        banner: this.#banner(),
        onGreeted: () => this.#events.emit('greeted'),
        openService: (service, transport) => openService(this.#phone, service, transport),
      })
      this.#transports.add(transport)
      if (this.#frozen) transport.freeze()
      socket.once('close', () => {
        this.#transports.delete(transport)
        this.#phone.network.forget(transport)
        if (this.#plugged) this.#register()
      })
    })
    const listens = await listensAt(server, port)
    if (listens) this.#server = server
    return listens
  }

  async #close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (!server) return
    const closed = once(server, 'close')
    server.close()
    await closed
  }

  /** Registers with the adb server, repeatedly while there is no connection. */
  #register(): void {
    if (this.#options.style !== 'emulator') return
    clearTimeout(this.#timer)
    if (!this.#plugged || this.#transports.size > 0) return
    const socket = connect(this.#options.adbServerPort, '127.0.0.1')
    socket.on('error', () => socket.destroy())
    socket.once('connect', () => socket.end(encodeRequest(`host:emulator:${this.port}`)))
    socket.resume()
    this.#timer = setTimeout(() => this.#register(), registerAgainMs)
  }

  #banner(): string {
    const { device, model } = this.#phone.model
    const properties = { 'ro.product.name': device, 'ro.product.model': model, 'ro.product.device': device }
    const written = Object.entries(properties).map(([name, value]) => `${name}=${value};`)
    const shell = this.#phone.behavior.plainShell ? [] : ['shell_v2']
    return `device::${written.join('')}features=${[...shell, ...features].join(',')}`
  }
}

/** @returns whether the port was free */
async function listensAt(server: Server, port: number): Promise<boolean> {
  server.listen(port, '127.0.0.1')
  return once(server, 'listening').then(
    () => true,
    () => false,
  )
}
