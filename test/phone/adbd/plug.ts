import { EventEmitter, once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import type { Phone, PhoneOptions } from '../phone.js'
import { encodeRequest, waitUntilOnline } from './server-request.js'
import { openService } from './services.js'
import { Transport } from './transport.js'

/**
 * How a phone attaches: `emulator` writes itself down with the adb server, which notices at once when it goes;
 * `connect` waits until somebody says `adb connect` to it, as a phone in a Wi-Fi does.
 */
export type PlugStyle = 'emulator' | 'connect'

/** adb scans 5555 to 5585 for emulators by itself; above these here the system takes ports for clients. */
const ports = { from: 20_001, to: 32_000 }
/** Milliseconds until a plugged phone that no adb server follows tells it again: the server may have been restarted. */
const registerAgainMs = 200
const features = ['shell_v2', 'cmd', 'fixed_push_mkdir']

/** The phone's end of the cable: its adb daemon's port, and the connections to it. */
export class Plug {
  port = 0
  readonly #phone: Phone
  readonly #options: PhoneOptions
  readonly #events = new EventEmitter()
  readonly #transports = new Set<Transport>()
  #server: Server | undefined
  /** Keeps the port from other phones of this machine while this one is unplugged, and does not listen. */
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

  /** Resolves once the adb server can be asked for the phone. */
  async connected(): Promise<void> {
    if (![...this.#transports].some(transport => transport.isGreeted)) await once(this.#events, 'greeted')
    await waitUntilOnline(this.#options.adbServerPort, this.serial)
  }

  /** Takes a port that is the phone's for as long as it exists, so that its serial number stays. */
  async reserve(): Promise<void> {
    while (this.port === 0) {
      const port = ports.from + 2 * Math.floor((Math.random() * (ports.to - ports.from)) / 2)
      // Where an emulator has its console.
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

  /** Tells the adb server of itself, again and again while that has no connection to it. */
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
    return `device::${written.join('')}features=${features.join(',')}`
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
