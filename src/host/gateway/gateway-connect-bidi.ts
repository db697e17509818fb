import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { urlHost } from '../../device/host-port.js'
import { publishActivity } from '../../event/host-activity.js'
import { BidiRelay } from './gateway-relay-bidi.js'
import type { Target } from './gateway-session.js'
import type { WindowTracker } from './gateway-window-tracker.js'

/** A request to switch to the WebSocket protocol, as Node's HTTP server passes it. */
export interface Upgrade {
  request: IncomingMessage
  socket: Duplex
  head: Buffer
}

export interface ConnectObserver {
  connected: (relay: BidiRelay) => void
  /** Whether the lease may still use the device: asked once the session's side is connected, and for each message. */
  isCurrent: () => boolean
  used: (command: string) => void
  dialogOpened: (window: string, type: string) => void
  fault: (message: string) => void
  windowClosed: () => void
  /** Called once, when both sides are closed. */
  ended: (relay?: BidiRelay) => void
}

const socketOptions = { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 }
const connectTimeoutMs = 10_000
const acceptor = new WebSocketServer({ ...socketOptions, noServer: true })

/** The session's side of a connection. */
interface BidiSession {
  target: Target
  windows: WindowTracker
}

/** Connects to the session first, and accepts the client's upgrade after that. */
export function connectBidi(upgrade: Upgrade, session: BidiSession, observer: ConnectObserver): void {
  const { request, socket, head } = upgrade
  let relay: BidiRelay | undefined
  const upstream = new WebSocket(bidiUrl(session.target), {
    ...socketOptions,
    handshakeTimeout: connectTimeoutMs,
    headers: session.target.upstream.headers,
  })
  upstream.once('close', () => {
    if (!relay) observer.ended()
  })
  upstream.on('error', error => {
    if (relay || socket.destroyed) return
    observer.fault(`the session's BiDi connection failed: ${error.message}`)
    rejectUpgrade(socket, 502)
  })
  // Also if the upgrade itself is malformed: the WebSocket server then closes the socket without an event.
  socket.once('close', () => {
    if (!relay) upstream.close(1000)
  })
  upstream.once('open', () => {
    if (socket.destroyed) return
    if (!observer.isCurrent()) return rejectUpgrade(socket, 401)
    acceptor.handleUpgrade(request, socket, head, client => {
      const made = new BidiRelay(client, upstream, session.windows, {
        isCurrent: observer.isCurrent,
        used: observer.used,
        dialogOpened: observer.dialogOpened,
        fault: observer.fault,
        windowClosed: observer.windowClosed,
        ended: () => observer.ended(made),
      })
      relay = made
      observer.connected(made)
    })
  })
}

export function rejectUpgrade(socket: Duplex, status: 401 | 404 | 502): void {
  if (status === 401) publishActivity('lease-refused', { protocol: 'bidi' })
  const text = { 401: 'Unauthorized', 404: 'Not Found', 502: 'Bad Gateway' }[status]
  // The client might never close its side.
  socket.once('finish', () => socket.destroy())
  if (!socket.destroyed) socket.end(`HTTP/1.1 ${status} ${text}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

function bidiUrl({ upstream, url }: Target): string {
  return `${upstream.secure ? 'wss' : 'ws'}://${urlHost(upstream.hostname)}:${upstream.port}${url}`
}
