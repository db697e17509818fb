/**
 * The gateway: the only way to a host's devices. It is in front of Appium and
 * - forwards a command only if it comes with the current lease of the device,
 * - refuses to open or end sessions, which belong to the host,
 * - closes BiDi connections so that neither the session nor Appium is harmed,
 * - knows which requests are pending, so that a device is offered again only when those of its old lease have ended.
 */
import { randomUUID, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { urlHost, type HostPort } from '../../device/host-port.js'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import { deviceHeader } from '../../script/worker-messages.js'
import {
  defaultListenAddress,
  publishedAddress,
  type GatewayAddress,
  type PublishedAddress,
} from './gateway-address.js'
import { fingerprintOf, type GatewayTls } from './gateway-certificate.js'
import type { CommandNames } from './gateway-command-names.js'
import { DeviceSlots } from './gateway-device-slot.js'
import { downloadsCapability } from './gateway-downloads.js'
import { defaultLimits, serverOptions, tlsOptions, type ConnectionLimits } from './gateway-limits.js'
import { FaultLog, type GatewayFault } from './gateway-fault.js'
import { checkReachable } from './gateway-ping.js'
import { GatewayRequests, type GatewayRequestsOptions } from './gateway-requests.js'
import type { OpenSession } from './gateway-session.js'
import { GatewayTunnels } from './gateway-tunnels.js'
import { leaseHeader, leaseToken, sessionAction, type LeaseId } from './gateway-token.js'
import type { WorkerSession } from '../../script/worker-messages.js'
import { maskDeep } from '../../event/masker.js'

export interface GatewayOptions extends Omit<GatewayRequestsOptions, 'id' | 'workerSession'> {
  /** The address it listens on; default: see `defaultListenAddress`. */
  host?: string
  /** Default 0, which means any free port. */
  port?: number
  /** Where other hosts reach it; default: where it listens. */
  advertise?: HostPort | undefined
  /** The address of this machine on the network of the farm. */
  networkAddress?: string | undefined
  /** Absent: it serves plain HTTP. */
  tls?: GatewayTls | undefined
  /** What one client may take; by default `defaultLimits`. */
  limits?: Partial<ConnectionLimits> | undefined
  /** Where faults are recorded; default: a log of its own. */
  faults?: FaultLog
}

export class Gateway implements AsyncDisposable {
  readonly #server: Server
  /** With TLS: for the workers of this host, on loopback. */
  readonly #local: Server | undefined
  readonly #slots = new DeviceSlots()
  readonly #faults: FaultLog
  readonly #id = randomUUID()
  #published: PublishedAddress | undefined

  private constructor(private readonly options: GatewayOptions) {
    this.#faults = options.faults ?? new FaultLog()
    const workerSession: GatewayRequestsOptions['workerSession'] = (device, host) => this.workerSession(device, host)
    const requests = new GatewayRequests({ ...options, id: this.#id, workerSession }, this.#slots, this.#faults)
    const { tls, limits } = options
    const plain = createServer(serverOptions(limits))
    this.#server = tls ? createTlsServer({ ...serverOptions(limits), ...tlsOptions(tls, limits) }) : plain
    if (tls) this.#local = plain
    for (const server of this.#servers) {
      server.maxConnections = limits?.maxConnections ?? defaultLimits.maxConnections
      server.on('request', (request, response) => requests.handle(request, response))
      server.on('upgrade', (request, socket, head) => requests.upgrade(request, socket, head))
    }
  }

  /**
   * Starts to listen.
   * @throws BatonError BATON_GATEWAY_UNREACHABLE if it cannot listen on that address
   */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options)
    const { host = await defaultListenAddress(options), port = 0, advertise, networkAddress } = options
    try {
      gateway.#server.listen(port, host)
      await once(gateway.#server, 'listening')
      if (gateway.#local) await once(gateway.#local.listen(0, '127.0.0.1'), 'listening')
    } catch (cause) {
      const message = `the gateway cannot listen on ${urlHost(host)}:${port}: ${errorMessage(cause)}`
      const hint = 'check "gateway" in devices.json: "host" is an address of this machine, "port" a free one'
      throw new BatonError('BATON_GATEWAY_UNREACHABLE', message, { cause, hint })
    }
    gateway.#published = await publishedAddress({ bound: gateway.#bound, host, advertise, networkAddress })
    return gateway
  }

  /** Where workers of this host reach it. */
  get address(): GatewayAddress {
    if (!this.#local) return this.#publishedAddress.address
    return { protocol: 'http', hostname: '127.0.0.1', port: (this.#local.address() as AddressInfo).port, path: '/' }
  }

  /** Where other hosts reach it: `http://host:port`, or `https://host:port#<fingerprint of its certificate>`. */
  get url(): string {
    const { tls } = this.options
    const { hostname, port } = this.#publishedAddress.address
    if (!tls) return `http://${hostname}:${port}`
    return `https://${hostname}:${port}#${fingerprintOf(new X509Certificate(tls.cert))}`
  }

  /** The ports under which it is reached: where it listens, and the one that it advertises. */
  get ports(): number[] {
    return [this.#bound.port, this.#publishedAddress.address.port, this.address.port]
  }

  /** Only hosts on this machine reach its address. */
  get isLocalOnly(): boolean {
    return this.#publishedAddress.isLocalOnly
  }

  /**
   * Reaches this gateway through the address that it advertises, as other hosts will.
   * @throws BatonError BATON_GATEWAY_UNREACHABLE if that leads nowhere, or to another server
   */
  async checkAdvertisedAddress(): Promise<void> {
    const { advertise, farmSecret, tls } = this.options
    if (!advertise) return
    const tunnels = new GatewayTunnels(tls?.ca)
    try {
      const through = await tunnels.localUrl(this.url)
      await checkReachable({ url: this.url, through, id: this.#id, farmSecret: farmSecret(), bound: this.#bound })
    } finally {
      await tunnels.close()
    }
  }

  /** What a worker must send with every request to a device under this lease. */
  headersFor(lease: LeaseId, device: string): Record<string, string> {
    const token = leaseToken(this.options.farmSecret(), { lease, device, action: sessionAction })
    return { [leaseHeader]: token, [deviceHeader]: encodeURIComponent(device) }
  }

  /** From now on this is the device's session: its commands and BiDi connections are forwarded. */
  sessionOpened(device: string, session: OpenSession): void {
    this.#slots.openSession(device, session)
  }

  /** Nothing is forwarded to the device until it has another session. */
  sessionClosed(device: string): void {
    this.#slots.closeSession(device)
  }

  /**
   * The device's session for a worker: its BiDi address leads through this gateway.
   * @param host - name and port by which the worker reaches it; default: as workers of this host do
   */
  workerSession(device: string, host = this.#localHost): WorkerSession | undefined {
    const { session } = this.#slots.of(device)
    if (!session) return undefined
    const { id, capabilities, bidi, requested } = session
    const { mask = (text: string) => text } = this.options
    const downloads = this.options.downloadsOf?.(device) === undefined ? {} : downloadsCapability
    const address = bidi && { webSocketUrl: `ws://${host}/bidi/${id}` }
    return {
      id,
      capabilities: { ...capabilities, ...downloads, ...address },
      ...(requested && { requested: maskDeep(requested, mask) }),
    }
  }

  /** From now on only this lease may use the device. @returns false if it is already over */
  grant(device: string, lease: LeaseId): boolean {
    return this.#slots.of(device).grant(lease)
  }

  /**
   * Refuses older leases of the device from now on, and closes their BiDi connections.
   * @param minLease - the oldest lease that may still use the device; `nextLease(lease)` refuses that lease itself
   * @param deadlineMs - milliseconds to wait for pending requests; default 3,000
   * @returns whether no request of the refused leases is pending; if one is, only a new session makes the device free
   */
  async revoke(device: string, minLease: LeaseId, deadlineMs = 3000): Promise<boolean> {
    const slot = this.#slots.of(device)
    slot.revokeBefore(minLease)
    return slot.pending.drained(minLease, deadlineMs)
  }

  /** Refuses every lease that is known now: the farm has ended them. */
  revokeAll(): void {
    this.#slots.revokeAll()
  }

  /** Number of pending commands and open BiDi connections to the device. */
  pendingCount(device: string): number {
    return this.#slots.of(device).pending.count
  }

  /** What went wrong under a lease, oldest first. */
  faultsOf(lease: LeaseId): readonly GatewayFault[] {
    return this.#faults.faultsOf(lease)
  }

  /** A script closed the last window of the device's session, which ended it: only a new session makes the device usable. */
  needsNewSession(device: string): boolean {
    return this.#slots.of(device).session?.windows.lastWindowClosed ?? false
  }

  /** The names of the commands that scripts sent to the device. A reset of the device clears them. */
  usedCommands(device: string): CommandNames {
    return this.#slots.of(device).commands
  }

  /** Window handle → type of the last dialog that was opened there, as far as BiDi reported it. */
  dialogTypes(device: string): ReadonlyMap<string, string> {
    return this.#slots.of(device).dialogTypes
  }

  /** Stops listening and closes every connection; nothing is left behind in BiDi sessions. */
  async close(): Promise<void> {
    const listening = this.#servers.filter(server => server.listening)
    const closed = Promise.all(listening.map(async server => once(server, 'close')))
    for (const server of listening) server.close()
    await this.#slots.closeRelays()
    for (const server of listening) server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #servers(): Server[] {
    return this.#local ? [this.#server, this.#local] : [this.#server]
  }

  get #localHost(): string {
    const { hostname, port } = this.address
    return `${hostname}:${port}`
  }

  get #bound(): AddressInfo {
    return this.#server.address() as AddressInfo
  }

  get #publishedAddress(): PublishedAddress {
    if (!this.#published) throw new Error('the gateway does not listen yet')
    return this.#published
  }
}
