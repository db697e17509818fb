/**
 * The gateway: the one way to a host's devices. It stands in front of Appium, lets a command through only for the
 * current lease of its device, keeps sessions from being ended or opened from outside, ends BiDi connections so that
 * neither the session nor Appium suffers, and knows what is under way, so that a device is offered again only when
 * nothing of its old lease is.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { upstreamOf } from '../appium/appium-upstream.js'
import { leaseLost, noSuchSession, notLeased, ownedSession, refuse, type Refusal } from './gateway-answer.js'
import { answerControl, type ControlAction } from './gateway-control.js'
import { connectBidi, refuseUpgrade } from './gateway-connect-bidi.js'
import { FaultLog, type GatewayFault } from './gateway-fault.js'
import { relayHttp } from './gateway-relay-http.js'
import { bidiSessionOf, originOf, routeOf } from './gateway-route.js'
import { Seat } from './gateway-seat.js'
import { leaseHeader, leaseToken, readLeaseToken, type Lease } from './gateway-token.js'

export interface GatewayOptions {
  /** The interface it listens on; default 127.0.0.1. */
  host?: string
  /** Default 0: any free port. */
  port?: number
  /** The name by which other machines reach it; default: `host`. */
  advertisedHost?: string
  /** Shared by all hosts of the farm; what makes a lease's token genuine. */
  farmSecret: string
  /** Whether a lease that this host was not told of holds that device now; asked once for each. */
  verifyLease: (device: string, lease: Lease) => Promise<boolean>
  /** What `POST /baton/<name>` does for a lead on another host. */
  control?: Readonly<Record<string, ControlAction>>
}

/** What the gateway is told of a session that its host opened. */
export interface OpenSession {
  id: string
  /** Base URL of the Appium server that it lives on. */
  appium: string
  /** As Appium returned them. */
  capabilities: Record<string, unknown>
}

/** Where a worker finds a gateway; the shape that WebdriverIO's `attach` takes. */
export interface GatewayAddress {
  protocol: 'http'
  hostname: string
  port: number
  path: string
}

export class Gateway implements AsyncDisposable {
  readonly #server: Server
  readonly #seats = new Map<string, Seat>()
  readonly #bySession = new Map<string, Seat>()
  readonly #faults = new FaultLog()
  #address: GatewayAddress | undefined

  private constructor(private readonly options: GatewayOptions) {
    // A long upload over a slow line is no attack: the farm's own workers are the only clients.
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: 75_000, noDelay: true }, (request, response) =>
      this.#onRequest(request, response),
    )
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head))
  }

  /** Starts to listen. @throws the system's error where that address can't be had */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options)
    const host = options.host ?? '127.0.0.1'
    gateway.#server.listen(options.port ?? 0, host)
    await once(gateway.#server, 'listening')
    const { port } = gateway.#server.address() as AddressInfo
    gateway.#address = { protocol: 'http', hostname: options.advertisedHost ?? host, port, path: '/' }
    return gateway
  }

  get address(): GatewayAddress {
    if (!this.#address) throw new Error('the gateway does not listen yet')
    return this.#address
  }

  /** `http://host:port`. */
  get url(): string {
    const { hostname, port } = this.address
    return `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
  }

  /** What a worker must send along with every request under this lease. */
  headersFor(lease: Lease): Record<string, string> {
    return { [leaseHeader]: leaseToken(this.options.farmSecret, lease) }
  }

  /** The device's session from now on; its commands and BiDi connections may pass. */
  sessionOpened(device: string, session: OpenSession): void {
    const seat = this.#seat(device)
    this.sessionClosed(device)
    const { webSocketUrl } = session.capabilities
    seat.session = {
      id: session.id,
      upstream: upstreamOf(session.appium),
      capabilities: session.capabilities,
      ...(typeof webSocketUrl === 'string' ? { bidiPath: new URL(webSocketUrl).pathname } : {}),
    }
    this.#bySession.set(session.id, seat)
  }

  /** Nothing passes to the device any more until the next session. */
  sessionClosed(device: string): void {
    const seat = this.#seat(device)
    if (!seat.session) return
    // The one that has just ended stays known: a module that still uses it is told, and is not to blame.
    if (seat.endedSession !== undefined) this.#bySession.delete(seat.endedSession)
    seat.endedSession = seat.session.id
    seat.session = undefined
    void seat.endRelays()
  }

  /** The device's session as a worker is told of it: its BiDi address leads through this gateway. */
  workerSession(device: string): { id: string; capabilities: Record<string, unknown> } | undefined {
    const { session } = this.#seat(device)
    if (!session) return undefined
    const { id, capabilities, bidiPath } = session
    const bidi = bidiPath === undefined ? {} : { webSocketUrl: `${this.url.replace(/^http/, 'ws')}/bidi/${id}` }
    return { id, capabilities: { ...capabilities, ...bidi } }
  }

  /** From now on only this lease drives the device; older ones are refused. */
  grant(device: string, lease: Lease): boolean {
    return this.#seat(device).grant(lease)
  }

  /**
   * Raises the device's fence: leases before it are refused from now on, and their BiDi connections are closed.
   * @param atLeast - the oldest lease that may pass; `fenceAfter(lease)` refuses that lease itself
   * @param deadlineMs - milliseconds to wait for what is under way; default 3,000
   * @returns whether nothing of the old leases is under way; if not, only a new session makes the device free
   */
  async revoke(device: string, atLeast: Lease, deadlineMs = 3000): Promise<boolean> {
    const seat = this.#seat(device)
    seat.raiseFence(atLeast)
    return seat.inFlight.drained(atLeast, deadlineMs)
  }

  /** Commands and BiDi connections under way to the device. */
  inFlight(device: string): number {
    return this.#seat(device).inFlight.count
  }

  /** What went wrong under a lease and was no module's doing, oldest first. */
  faultsOf(lease: Lease): readonly GatewayFault[] {
    return this.#faults.of(lease)
  }

  /** Origins that scripts opened on the device; whoever resets the device clears the set. */
  visitedOrigins(device: string): Set<string> {
    return this.#seat(device).visitedOrigins
  }

  /** Stops listening and ends every connection; BiDi sessions are left clean. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await Promise.all([...this.#seats.values()].map(async seat => seat.endRelays()))
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #seat(device: string): Seat {
    let seat = this.#seats.get(device)
    if (!seat) this.#seats.set(device, (seat = new Seat(device)))
    return seat
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    // A client that goes away in the middle is told by 'close'; without a listener its error would end the host.
    request.on('error', () => {})
    response.on('error', () => {})
    const deny = (refusal: Refusal) => {
      request.resume()
      refuse(response, refusal)
    }
    const lease = this.#leaseOf(request)
    const route = routeOf(request.method ?? 'GET', request.url ?? '/')
    if (route.kind === 'control') {
      const action = this.options.control?.[route.action]
      const admits = (device: string, lease: Lease) => this.#seats.get(device)?.admits(lease, this.options.verifyLease)
      void answerControl(request, response, action, { lease, admits })
      return
    }
    if (lease === undefined) return deny(notLeased)
    if (route.kind === 'new-session' || route.kind === 'owned-session') return deny(ownedSession)
    if (route.kind === 'unknown') return deny(noSuchSession)
    const seat = this.#bySession.get(route.sessionId)
    if (!seat) return deny(noSuchSession)
    const passenger = { seat, lease, sessionId: route.sessionId }
    if (seat.claim.lease === lease) return this.#relay(request, response, passenger)
    void this.#admits(seat, lease).then(admitted =>
      admitted ? this.#relay(request, response, passenger) : deny(leaseLost),
    )
  }

  #relay(request: IncomingMessage, response: ServerResponse, { seat, lease, sessionId }: Passenger): void {
    if (seat.session?.id !== sessionId) {
      this.#recordFault(seat, lease, 'session', `session ${sessionId} ended`)
      request.resume()
      return refuse(response, noSuchSession)
    }
    const ended = seat.inFlight.enter(lease)
    relayHttp(request, response, seat.session.upstream, {
      ended,
      visited: url => this.#visited(seat, originOf(url)),
      fault: (kind, message) => this.#recordFault(seat, lease, kind, message),
    })
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {})
    const lease = this.#leaseOf(request)
    const sessionId = bidiSessionOf(request.url ?? '') ?? ''
    const seat = this.#bySession.get(sessionId)
    if (lease === undefined || !seat) return refuseUpgrade(socket, lease === undefined ? 401 : 404)
    void this.#admits(seat, lease).then(admitted => {
      if (!admitted) return refuseUpgrade(socket, 401)
      if (seat.session?.id !== sessionId) this.#recordFault(seat, lease, 'session', `session ${sessionId} ended`)
      if (seat.session?.id !== sessionId || seat.session.bidiPath === undefined) return refuseUpgrade(socket, 404)
      const ended = seat.inFlight.enter(lease)
      connectBidi({ request, socket, head }, seat.session, {
        connected: relay => seat.addRelay(relay, lease),
        isCurrent: () => seat.claim.lease === lease,
        visited: origin => this.#visited(seat, origin),
        fault: message => this.#recordFault(seat, lease, 'session', message),
        ended: relay => {
          if (relay) seat.removeRelay(relay)
          ended()
        },
      })
    })
  }

  async #admits(seat: Seat, lease: Lease): Promise<boolean> {
    // Who can't be asked can't vouch: a lease is refused rather than believed.
    return seat.admits(lease, this.options.verifyLease).catch(() => false)
  }

  #recordFault(seat: Seat, lease: Lease, kind: GatewayFault['kind'], message: string): void {
    this.#faults.record(lease, { device: seat.device, kind, message, at: Date.now() })
  }

  #visited(seat: Seat, origin: string | undefined): void {
    if (origin !== undefined) seat.visitedOrigins.add(origin)
  }

  #leaseOf(request: IncomingMessage): Lease | undefined {
    const token = request.headers[leaseHeader]
    return readLeaseToken(this.options.farmSecret, typeof token === 'string' ? token : undefined)
  }
}

interface Passenger {
  seat: Seat
  lease: Lease
  sessionId: string
}
