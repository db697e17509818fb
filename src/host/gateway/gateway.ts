/**
 * The gateway: the one way to a host's devices. It stands in front of Appium, lets a command through only for the
 * current lease of its device, keeps sessions from being ended or opened from outside, ends BiDi connections so that
 * neither the session nor Appium suffers, and knows what is under way, so that a device is offered again only when
 * nothing of its old lease is.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { HostPort } from '../../device/host-port.js'
import { publishedAddress, type GatewayAddress, type PublishedAddress } from './gateway-address.js'
import { checkReachable, pingReplyOf } from './gateway-ping.js'
import { parseUpstream } from '../appium/appium-upstream.js'
import {
  leaseLost,
  noSuchSession,
  noValidLease,
  sendError,
  sendJson,
  sessionOwned,
  type GatewayError,
} from './gateway-error.js'
import { handleControl, type ControlAction } from './gateway-control.js'
import { connectBidi, rejectUpgrade } from './gateway-connect-bidi.js'
import { FaultLog, type GatewayFault } from './gateway-fault.js'
import { relayHttp } from './gateway-relay-http.js'
import { bidiSessionOf, originOf, parseRoute } from './gateway-route.js'
import { DeviceSlot } from './gateway-device-slot.js'
import { WindowTracker } from './gateway-window-tracker.js'
import { leaseHeader, leaseToken, readLeaseToken, type LeaseId } from './gateway-token.js'
import { ownValue } from '../../device/own-value.js'

export interface GatewayOptions {
  /** The address it listens on; default 127.0.0.1. */
  host?: string
  /** Default 0: any free port. */
  port?: number
  /** Where other hosts reach it; default: where it listens. */
  advertise?: HostPort | undefined
  /** Shared by all hosts of the farm; what makes a lease's token genuine. */
  farmSecret: () => string
  /** Whether a lease that this host was not told of holds that device now; asked once for each. */
  verifyLease: (device: string, lease: LeaseId) => Promise<boolean>
  /** What `POST /baton/<name>` does for a lead on another host. */
  control?: Readonly<Record<string, ControlAction>>
  /** Where faults are recorded; default: a log of its own. */
  faults?: FaultLog
}

/** What the gateway is told of a session that its host opened. */
export interface OpenSession {
  id: string
  /** Base URL of the Appium server that it lives on. */
  appium: string
  /** As Appium returned them. */
  capabilities: Record<string, unknown>
}

export class Gateway implements AsyncDisposable {
  readonly #server: Server
  readonly #slots = new Map<string, DeviceSlot>()
  readonly #bySession = new Map<string, DeviceSlot>()
  readonly #faults: FaultLog
  readonly #id = randomUUID()
  #published: PublishedAddress | undefined

  private constructor(private readonly options: GatewayOptions) {
    this.#faults = options.faults ?? new FaultLog()
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
    gateway.#published = await publishedAddress(gateway.#server.address() as AddressInfo, host, options.advertise)
    return gateway
  }

  /** Where workers find it, those of other hosts too. */
  get address(): GatewayAddress {
    return this.#publishedAddress.address
  }

  /** `http://host:port`. */
  get url(): string {
    const { hostname, port } = this.address
    return `http://${hostname}:${port}`
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
    const { advertise, farmSecret } = this.options
    if (!advertise) return
    await checkReachable({
      url: this.url,
      id: this.#id,
      farmSecret: farmSecret(),
      bound: this.#server.address() as AddressInfo,
    })
  }

  /** What a worker must send along with every request under this lease. */
  headersFor(lease: LeaseId): Record<string, string> {
    return { [leaseHeader]: leaseToken(this.options.farmSecret(), lease) }
  }

  /** The device's session from now on; its commands and BiDi connections may pass. */
  sessionOpened(device: string, session: OpenSession): void {
    const slot = this.#slot(device)
    this.sessionClosed(device)
    const { webSocketUrl } = session.capabilities
    slot.session = {
      id: session.id,
      upstream: parseUpstream(session.appium),
      capabilities: session.capabilities,
      windows: new WindowTracker(),
      ...(typeof webSocketUrl === 'string' ? { bidiPath: new URL(webSocketUrl).pathname } : {}),
    }
    this.#bySession.set(session.id, slot)
  }

  /** Nothing passes to the device any more until the next session. */
  sessionClosed(device: string): void {
    const slot = this.#slot(device)
    if (!slot.session) return
    // The one that has just ended stays known: a module that still uses it is told, and is not to blame.
    if (slot.endedSession !== undefined) this.#bySession.delete(slot.endedSession)
    slot.endedSession = slot.session.id
    slot.session = undefined
    slot.pending.sessionClosed()
    void slot.endRelays()
  }

  /** The device's session as a worker is told of it: its BiDi address leads through this gateway. */
  workerSession(device: string): { id: string; capabilities: Record<string, unknown> } | undefined {
    const { session } = this.#slot(device)
    if (!session) return undefined
    const { id, capabilities, bidiPath } = session
    const bidi = bidiPath === undefined ? {} : { webSocketUrl: `${this.url.replace(/^http/, 'ws')}/bidi/${id}` }
    return { id, capabilities: { ...capabilities, ...bidi } }
  }

  /** From now on only this lease drives the device; older ones are refused. */
  grant(device: string, lease: LeaseId): boolean {
    return this.#slot(device).grant(lease)
  }

  /**
   * Raises the device's fence: leases before it are refused from now on, and their BiDi connections are closed.
   * @param atLeast - the oldest lease that may pass; `fenceAfter(lease)` refuses that lease itself
   * @param deadlineMs - milliseconds to wait for what is under way; default 3,000
   * @returns whether nothing of the old leases is under way; if not, only a new session makes the device free
   */
  async revoke(device: string, atLeast: LeaseId, deadlineMs = 3000): Promise<boolean> {
    const slot = this.#slot(device)
    slot.revokeBefore(atLeast)
    return slot.pending.drained(atLeast, deadlineMs)
  }

  /** Commands and BiDi connections under way to the device. */
  pendingCount(device: string): number {
    return this.#slot(device).pending.count
  }

  /** What went wrong under a lease, oldest first. */
  faultsOf(lease: LeaseId): readonly GatewayFault[] {
    return this.#faults.faultsOf(lease)
  }

  /** A script closed the last window of the device's session, which ended it: only a new session makes the device usable. */
  lastWindowClosed(device: string): boolean {
    return this.#slot(device).session?.windows.lastWindowClosed ?? false
  }

  /** Origins that scripts opened on the device; whoever resets the device clears the set. */
  visitedOrigins(device: string): Set<string> {
    return this.#slot(device).visitedOrigins
  }

  /** Stops listening and ends every connection; BiDi sessions are left clean. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await Promise.all([...this.#slots.values()].map(async slot => slot.endRelays()))
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #publishedAddress(): PublishedAddress {
    if (!this.#published) throw new Error('the gateway does not listen yet')
    return this.#published
  }

  #slot(device: string): DeviceSlot {
    let slot = this.#slots.get(device)
    if (!slot) this.#slots.set(device, (slot = new DeviceSlot(device)))
    return slot
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    // A client that goes away in the middle is told by 'close'; without a listener its error would end the host.
    request.on('error', () => {})
    response.on('error', () => {})
    const deny = (refusal: GatewayError) => {
      request.resume()
      sendError(response, refusal)
    }
    const lease = this.#leaseOf(request)
    const route = parseRoute(request.method ?? 'GET', request.url ?? '/')
    if (route.kind === 'ping') {
      sendJson(response, 200, pingReplyOf(this.options.farmSecret(), this.#id, route.nonce))
      return
    }
    if (route.kind === 'control') {
      const action = ownValue(this.options.control, route.action)
      const admits = (device: string, lease: LeaseId) =>
        this.#slots.get(device)?.admits(lease, this.options.verifyLease)
      void handleControl(request, response, action, { lease, admits })
      return
    }
    if (lease === undefined) return deny(noValidLease)
    if (route.kind === 'new-session' || route.kind === 'owned-session') return deny(sessionOwned)
    if (route.kind === 'unknown') return deny(noSuchSession)
    const slot = this.#bySession.get(route.sessionId)
    if (!slot) return deny(noSuchSession)
    const sessionRequest = { slot, lease, sessionId: route.sessionId }
    if (slot.claim.lease === lease) return this.#relay(request, response, sessionRequest)
    void this.#admits(slot, lease).then(admitted =>
      admitted ? this.#relay(request, response, sessionRequest) : deny(leaseLost),
    )
  }

  #relay(request: IncomingMessage, response: ServerResponse, { slot, lease, sessionId }: SessionRequest): void {
    if (slot.session?.id !== sessionId) {
      this.#recordFault(slot, lease, 'session', `session ${sessionId} ended`)
      request.resume()
      return sendError(response, noSuchSession)
    }
    const { upstream, windows } = slot.session
    const command = windows.commandSent()
    const ended = slot.pending.add(lease, () => onSessionClosed())
    const onSessionClosed = relayHttp(request, response, upstream, {
      ended,
      visited: url => this.#visited(slot, originOf(url)),
      answered: () => windows.commandAnswered(command),
      windowDeleted: answer => {
        windows.windowDeleted(answer)
        if (windows.lastWindowClosed) this.#faults.blameScript(lease, slot.device)
      },
      fault: (kind, message) => this.#recordFault(slot, lease, kind, message),
    })
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {})
    const lease = this.#leaseOf(request)
    const sessionId = bidiSessionOf(request.url ?? '') ?? ''
    const slot = this.#bySession.get(sessionId)
    if (lease === undefined || !slot) return rejectUpgrade(socket, lease === undefined ? 401 : 404)
    void this.#admits(slot, lease).then(admitted => {
      if (!admitted) return rejectUpgrade(socket, 401)
      if (slot.session?.id !== sessionId) this.#recordFault(slot, lease, 'session', `session ${sessionId} ended`)
      if (slot.session?.id !== sessionId || slot.session.bidiPath === undefined) return rejectUpgrade(socket, 404)
      const ended = slot.pending.add(lease)
      connectBidi({ request, socket, head }, slot.session, {
        connected: relay => slot.addRelay(relay, lease),
        isCurrent: () => slot.claim.lease === lease,
        visited: origin => this.#visited(slot, origin),
        fault: message => this.#recordFault(slot, lease, 'session', message),
        windowClosed: () => this.#faults.blameScript(lease, slot.device),
        ended: relay => {
          if (relay) slot.removeRelay(relay)
          ended()
        },
      })
    })
  }

  async #admits(slot: DeviceSlot, lease: LeaseId): Promise<boolean> {
    // Who can't be asked can't vouch: a lease is refused rather than believed.
    return slot.admits(lease, this.options.verifyLease).catch(() => false)
  }

  #recordFault(slot: DeviceSlot, lease: LeaseId, kind: GatewayFault['kind'], message: string): void {
    const isScripts = kind === 'session' && slot.session?.windows.lastWindowClosed
    this.#faults.record(lease, { device: slot.device, kind: isScripts ? 'script' : kind, message, at: Date.now() })
  }

  #visited(slot: DeviceSlot, origin: string | undefined): void {
    if (origin !== undefined) slot.visitedOrigins.add(origin)
  }

  #leaseOf(request: IncomingMessage): LeaseId | undefined {
    const token = request.headers[leaseHeader]
    return readLeaseToken(this.options.farmSecret(), typeof token === 'string' ? token : undefined)
  }
}

interface SessionRequest {
  slot: DeviceSlot
  lease: LeaseId
  sessionId: string
}
