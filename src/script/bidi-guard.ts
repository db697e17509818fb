import type { EventEmitter } from 'node:events'
import { forgiveGoneRequests } from './bidi-gone-requests.js'
import { withNetworkEvents, type BidiMessage } from './bidi-network-events.js'
import { passGate } from './gate.js'

/** The parts of webdriver's BidiHandler that are touched here. */
export interface GuardedHandler {
  readonly socket: EventEmitter | undefined
  waitForConnected(): Promise<boolean>
  send(message: BidiMessage): Promise<unknown>
  sendAsync(message: BidiMessage): number
  /** webdriver's own entry for tests: takes an answer as if it had come from the socket. */
  readonly __handleResponse: (data: string) => void
  close(): void
}

/**
 * Puts the gate in front of a BiDi connection and mends two things that webdriver leaves open: a refused upgrade is an
 * unhandled rejection inside of it, and a call that waits on a socket which the other side closed never ends.
 */
export function guardBidi(handler: GuardedHandler, role: string): void {
  surviveRefusal(handler)
  const waiting = failWhenClosed(handler)
  const send = forgiveGoneRequests(withNetworkEvents(handler.send.bind(handler)))
  handler.send = message => passGate({ role, command: message.method, args: [message.params] }, () => send(message))
  const sendAsync = handler.sendAsync.bind(handler)
  handler.sendAsync = message => {
    const id = sendAsync(message)
    waiting.add(id)
    return id
  }
}

/** webdriver calls `socket.on` once the connection is decided, whichever way: without one, let it listen to nothing. */
function surviveRefusal(handler: GuardedHandler): void {
  const nothing = { on: () => nothing, once: () => nothing, off: () => nothing }
  const prototype: object = Object.getPrototypeOf(handler)
  Object.defineProperty(handler, 'socket', {
    configurable: true,
    get: () => Reflect.get(prototype, 'socket', handler) ?? nothing,
  })
}

function failWhenClosed(handler: GuardedHandler): Set<number> {
  const waiting = new Set<number>()
  void handler.waitForConnected().then(connected => {
    const { socket } = handler
    if (!connected || !socket) return
    socket.on('message', (data: unknown) => forget(waiting, data))
    socket.once('close', () => {
      for (const id of waiting) {
        handler.__handleResponse(
          JSON.stringify({ type: 'error', id, error: 'session closed', message: 'the BiDi connection was closed' }),
        )
      }
      waiting.clear()
    })
  })
  return waiting
}

/** Answers start with their id or end with it; reading only those that can be answers spares parsing large events. */
function forget(waiting: Set<number>, data: unknown): void {
  if (waiting.size === 0) return
  const { id } = JSON.parse(String(data)) as { id?: number }
  if (id !== undefined) waiting.delete(id)
}
