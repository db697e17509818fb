import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { ownValue } from '../../device/references.js'
import { withTimeout } from '../../process/deadline.js'
import { maxSilenceMs, sendHeartbeats } from '../../process/request-heartbeat.js'
import { isNamedByBody, webdriverCommandName } from './gateway-command-names.js'
import { connectBidi, rejectUpgrade, type Upgrade } from './gateway-connect-bidi.js'
import { handleControl, type ControlAction } from './gateway-control.js'
import type { DeviceSlot, DeviceSlots, VerifyLease } from './gateway-device-slot.js'
import { deviceHeader } from '../../script/worker-messages.js'
import {
  leaseLost,
  noSuchSession,
  noValidLease,
  refuseRequest,
  sendError,
  sendJson,
  sessionEnded,
  sessionOwned,
} from './gateway-error.js'
import type { GatewayError } from './gateway-error.js'
import type { FaultLog, GatewayFault } from './gateway-fault.js'
import { limitBodyPause, type ConnectionLimits } from './gateway-limits.js'
import { pingReplyOf } from './gateway-ping.js'
import { relayHttp } from './gateway-relay-http.js'
import { answerDownloads, downloadsPath } from './gateway-downloads.js'
import { bidiSessionOf, parseRoute } from './gateway-route.js'
import { messageControlPath } from '../../script/network/message-control-protocol.js'
import { connectControl, type ControlMessages } from './gateway-message-control.js'
import { SessionRequests, type SessionRequestsOptions } from './gateway-session-requests.js'
import { leaseHeader, readLeaseToken, sessionAction, workerActions, type LeaseId } from './gateway-token.js'

export interface GatewayRequestsOptions extends SessionRequestsOptions {
  limits?: Partial<ConnectionLimits> | undefined
  /** Of the gateway, for pings. */
  id: string
  /** Shared by all hosts of the farm. */
  farmSecret: () => string
  verifyLease: VerifyLease
  /** Whether the farm has confirmed this host until now, by a clock and not by a timer; default: always. */
  isConfirmed?: () => boolean
  /** What `POST /baton/<name>` does for a lead host. */
  control?: Readonly<Record<string, ControlAction>>
  /** Lets a worker decide when the messages of a device pass. */
  controlMessages?: ControlMessages
  /** The folder into which a device's browser saves downloads, if the host knows it. */
  downloadsOf?: (device: string) => string | undefined
}

/** Milliseconds that the farm may take to verify a lease. */
const maxVerifyMs = maxSilenceMs

/** A request to a session, under a lease that may use the device. */
interface SessionRequest {
  slot: DeviceSlot
  lease: LeaseId
  sessionId: string
  /** Below the session, without slashes at the end. */
  path: string
}

/** Handles the requests to a gateway: checks the lease, then forwards them to the device's Appium server. */
export class GatewayRequests {
  readonly #sessions: SessionRequests

  constructor(
    private readonly options: GatewayRequestsOptions,
    private readonly slots: DeviceSlots,
    private readonly faults: FaultLog,
  ) {
    this.#sessions = new SessionRequests(options, slots, faults)
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    // A client that goes away is noticed by 'close'; without a listener its error would end the host.
    request.on('error', () => {})
    response.on('error', () => {})
    const { id, farmSecret, limits } = this.options
    limitBodyPause(request, limits)
    sendHeartbeats(response, limits?.heartbeatMs)
    const route = parseRoute(request.method ?? 'GET', request.url ?? '/')
    switch (route.kind) {
      case 'ping':
        response.setHeader('connection', 'close')
        return sendJson(response, 200, pingReplyOf(farmSecret(), id, route.nonce))
      case 'control':
        return this.#control(request, response, route.action)
      case 'command':
        return this.#command(request, response, route)
      case 'status':
        return this.#status(request, response)
      case 'end-session':
        return this.#endSession(request, response, route.sessionId)
      case 'new-session':
        return this.#newSession(request, response)
      case 'owned-session':
        return this.#deny(request, response, sessionOwned)
      case 'unknown':
        return this.#deny(request, response, noSuchSession)
    }
  }

  /** Connects a client to the BiDi side of a session. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {})
    if (request.url === messageControlPath) return this.#controlMessages({ request, socket, head })
    const sessionId = bidiSessionOf(request.url ?? '') ?? ''
    const slot = this.slots.ofSession(sessionId)
    const lease = this.#leaseOf(request, slot?.device)
    if (lease === undefined || !slot) return rejectUpgrade(socket, lease === undefined ? 401 : 404)
    void this.#admits(slot, lease).then(admitted => {
      if (!admitted) return rejectUpgrade(socket, 401)
      const { session } = slot
      if (session?.id !== sessionId) this.#recordFault(slot, lease, 'session', `session ${sessionId} ended`)
      if (session?.id !== sessionId || !session.bidi) return rejectUpgrade(socket, 404)
      const ended = slot.pending.add(lease)
      const sides = { target: session.bidi, windows: session.windows }
      connectBidi({ request, socket, head }, sides, {
        connected: relay => slot.addRelay(relay, lease),
        isCurrent: () => this.#isCurrent(slot, lease),
        used: name => slot.commands.add(name),
        dialogOpened: (window, type) => slot.dialogTypes.set(window, type),
        fault: message => this.#recordFault(slot, lease, 'session', message),
        windowClosed: () => this.faults.blameScript(lease, slot.device),
        ended: relay => {
          if (relay) slot.removeRelay(relay)
          ended()
        },
      })
    })
  }

  #controlMessages(upgrade: Upgrade): void {
    const { request, socket } = upgrade
    const { controlMessages } = this.options
    const device = deviceOf(request)
    const lease = this.#leaseOf(request, device)
    const slot = this.slots.find(device)
    if (lease === undefined || !slot) return rejectUpgrade(socket, lease === undefined ? 401 : 404)
    void this.#admits(slot, lease).then(admitted => {
      if (!admitted) return rejectUpgrade(socket, 401)
      connectControl(upgrade, client => controlMessages?.(device, client), {
        connected: relay => slot.addRelay(relay, lease),
        ended: relay => slot.removeRelay(relay),
      })
    })
  }

  #control(request: IncomingMessage, response: ServerResponse, action: string): void {
    const { control } = this.options
    const device = deviceOf(request)
    void handleControl(request, response, ownValue(control, action), {
      device,
      lease: this.#leaseOf(request, device, workerActions.has(action) ? sessionAction : action),
      admits: (device, lease) => {
        const slot = this.slots.find(device)
        return slot && this.#admits(slot, lease)
      },
    })
  }

  #command(
    request: IncomingMessage,
    response: ServerResponse,
    { sessionId, path }: { sessionId: string; path: string },
  ): void {
    const slot = this.slots.ofSession(sessionId)
    const lease = this.#leaseOf(request, slot?.device)
    if (lease === undefined) return refuseRequest(response, noValidLease)
    if (!slot) return deny(request, response, this.slots.isEnded(sessionId) ? sessionEnded : noSuchSession)
    const sessionRequest = { slot, lease, sessionId, path }
    // The common case takes no turn of the event loop.
    if (this.#isCurrent(slot, lease)) return this.#relay(request, response, sessionRequest)
    void this.#admits(slot, lease).then(admitted =>
      admitted ? this.#relay(request, response, sessionRequest) : deny(request, response, leaseLost),
    )
  }

  /** The state of the server that runs the device's session. */
  #status(request: IncomingMessage, response: ServerResponse): void {
    const sessionId = this.slots.find(deviceOf(request))?.session?.id ?? ''
    this.#command(request, response, { sessionId, path: '/status' })
  }

  #endSession(request: IncomingMessage, response: ServerResponse, sessionId: string): void {
    const slot = this.slots.ofSession(sessionId)
    const lease = this.#leaseOf(request, slot?.device)
    if (lease === undefined) return refuseRequest(response, noValidLease)
    request.resume()
    if (!slot) return sendError(response, this.slots.isEnded(sessionId) ? sessionEnded : noSuchSession)
    void this.#admits(slot, lease).then(async admitted =>
      admitted ? this.#sessions.end(response, slot) : sendError(response, leaseLost),
    )
  }

  #newSession(request: IncomingMessage, response: ServerResponse): void {
    const lease = this.#leaseOf(request)
    if (lease === undefined) return refuseRequest(response, noValidLease)
    const slot = this.slots.find(deviceOf(request))
    if (!slot) return deny(request, response, sessionOwned)
    void this.#admits(slot, lease).then(async admitted =>
      admitted ? this.#sessions.renew(request, response, slot, lease) : deny(request, response, leaseLost),
    )
  }

  #relay(request: IncomingMessage, response: ServerResponse, { slot, lease, sessionId, path }: SessionRequest): void {
    if (slot.session?.id !== sessionId) {
      this.#recordFault(slot, lease, 'session', `session ${sessionId} ended`)
      return deny(request, response, noSuchSession)
    }
    const downloads = path === downloadsPath ? this.options.downloadsOf?.(slot.device) : undefined
    if (downloads !== undefined) {
      void answerDownloads(request, response, downloads).finally(slot.pending.add(lease))
      return
    }
    const { windows } = slot.session
    const { method = 'GET' } = request
    const target = slot.session.targetOf(method, path, request.url ?? '/')
    const namedByBody = isNamedByBody(method, path)
    if (!namedByBody) slot.commands.add(webdriverCommandName(method, path))
    const command = windows.commandSent()
    const ended = slot.pending.add(lease, () => onSessionClosed())
    const onSessionClosed = relayHttp(request, response, target, {
      ended,
      isCurrent: () => this.#isCurrent(slot, lease),
      requested: namedByBody ? body => slot.commands.add(webdriverCommandName(method, path, body)) : undefined,
      answered: () => windows.commandAnswered(command),
      windowDeleted: answer => {
        windows.windowDeleted(answer)
        if (windows.lastWindowClosed) this.faults.blameScript(lease, slot.device)
      },
      fault: (kind, message) => this.#recordFault(slot, lease, kind, message),
    })
  }

  async #admits(slot: DeviceSlot, lease: LeaseId): Promise<boolean> {
    const { verifyLease, isConfirmed = () => true } = this.options
    if (!isConfirmed()) return false
    // A lease that cannot be verified now is refused.
    const verified = slot.admits(lease, verifyLease).catch(() => false)
    const admitted = await withTimeout(verified, maxVerifyMs, () => false)
    return admitted && this.#isCurrent(slot, lease)
  }

  #isCurrent(slot: DeviceSlot, lease: LeaseId): boolean {
    const { isConfirmed = () => true } = this.options
    return slot.claim.lease === lease && isConfirmed()
  }

  #recordFault(slot: DeviceSlot, lease: LeaseId, kind: GatewayFault['kind'], message: string): void {
    const isScripts = kind === 'session' && slot.session?.windows.lastWindowClosed
    this.faults.record(lease, { device: slot.device, kind: isScripts ? 'script' : kind, message, at: Date.now() })
  }

  /** Refuses a request whose answer would be the same under every lease. */
  #deny(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
    if (this.#leaseOf(request) === undefined) return refuseRequest(response, noValidLease)
    deny(request, response, error)
  }

  /** @param device - default: as named in the headers */
  #leaseOf(request: IncomingMessage, device = deviceOf(request), action = sessionAction): LeaseId | undefined {
    const token = request.headers[leaseHeader]
    const text = typeof token === 'string' ? token : undefined
    return readLeaseToken(this.options.farmSecret(), text, { device, action })
  }
}

function deviceOf({ headers }: IncomingMessage): string {
  const name = headers[deviceHeader]
  try {
    return decodeURIComponent(typeof name === 'string' ? name : '')
  } catch {
    return ''
  }
}

function deny(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
  request.resume()
  sendError(response, error)
}
