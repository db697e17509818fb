import type { EventEmitter } from 'node:events'
import { ignoreNoSuchRequest } from './bidi-no-such-request.js'
import { withNetworkEvents, type BidiEvent } from './bidi-network-events.js'
import { sendCommand } from './command-interceptor.js'

/** What is used of webdriver's BidiHandler. */
export interface BidiHandler {
  readonly socket: EventEmitter | undefined
  waitForConnected(): Promise<boolean>
  send(message: BidiEvent): Promise<unknown>
  sendAsync(message: BidiEvent): number
  /** webdriver's own entry point for tests: handles a response as if it came from the socket. */
  readonly __handleResponse: (data: string) => void
  close(): void
}

/**
 * Sends a BiDi connection's messages through the command interceptor, and fixes two problems of webdriver: a refused
 * upgrade causes an unhandled rejection inside it, and a call never ends if the other side closes the socket.
 */
export function guardBidi(handler: BidiHandler, role: string): void {
  tolerateRefusedUpgrade(handler)
  const pending = failPendingOnClose(handler)
  const send = ignoreNoSuchRequest(withNetworkEvents(handler.send.bind(handler)))
  handler.send = message => sendCommand({ role, command: message.method, args: [message.params] }, () => send(message))
  const sendAsync = handler.sendAsync.bind(handler)
  handler.sendAsync = message => {
    const id = sendAsync(message)
    pending.add(id)
    return id
  }
}

/** webdriver calls `socket.on` even if the upgrade was refused and there is no socket: it gets a stub instead. */
function tolerateRefusedUpgrade(handler: BidiHandler): void {
  const nothing = { on: () => nothing, once: () => nothing, off: () => nothing }
  const prototype: object = Object.getPrototypeOf(handler)
  Object.defineProperty(handler, 'socket', {
    configurable: true,
    get: () => Reflect.get(prototype, 'socket', handler) ?? nothing,
  })
}

function failPendingOnClose(handler: BidiHandler): Set<number> {
  const pending = new Set<number>()
  void handler.waitForConnected().then(connected => {
    const { socket } = handler
    if (!connected || !socket) return
    socket.on('message', (data: unknown) => forget(pending, data))
    socket.once('close', () => {
      for (const id of pending) {
        handler.__handleResponse(
          JSON.stringify({ type: 'error', id, error: 'session closed', message: 'the BiDi connection was closed' }),
        )
      }
      pending.clear()
    })
  })
  return pending
}

/** Messages are only parsed while responses are awaited: events may be large. */
function forget(pending: Set<number>, data: unknown): void {
  if (pending.size === 0) return
  const { id } = JSON.parse(String(data)) as { id?: number }
  if (id !== undefined) pending.delete(id)
}
