import type { EventEmitter } from 'node:events'
import { ignoreNoSuchRequest } from './bidi-no-such-request.js'
import { withNetworkEvents, type BidiMessage } from './bidi-network-events.js'
import { sendCommand } from './command-interceptor.js'

/** The parts of webdriver's BidiHandler that are touched here. */
export interface BidiHandler {
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
export function guardBidi(handler: BidiHandler, role: string): void {
  tolerateRefusedUpgrade(handler)
  const waiting = failPendingOnClose(handler)
  const send = ignoreNoSuchRequest(withNetworkEvents(handler.send.bind(handler)))
  handler.send = message => sendCommand({ role, command: message.method, args: [message.params] }, () => send(message))
  const sendAsync = handler.sendAsync.bind(handler)
  handler.sendAsync = message => {
    const id = sendAsync(message)
    waiting.add(id)
    return id
  }
}

/** webdriver calls `socket.on` once the connection is decided, whichever way: without one, let it listen to nothing. */
function tolerateRefusedUpgrade(handler: BidiHandler): void {
  const nothing = { on: () => nothing, once: () => nothing, off: () => nothing }
  const prototype: object = Object.getPrototypeOf(handler)
  Object.defineProperty(handler, 'socket', {
    configurable: true,
    get: () => Reflect.get(prototype, 'socket', handler) ?? nothing,
  })
}

function failPendingOnClose(handler: BidiHandler): Set<number> {
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
