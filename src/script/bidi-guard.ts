import { ignoreNoSuchRequest } from './bidi-no-such-request.js'
import { bidiSilenceMs, terminateOnSilence, type BidiSocket } from './bidi-silence.js'
import { withNetworkEvents, type BidiEvent } from './bidi-network-events.js'
import { sendCommand } from './command-interceptor.js'
import { recordUnreachable } from './gateway-agent.js'

/** What is used of webdriver's BidiHandler. */
export interface BidiHandler {
  readonly socket: BidiSocket | undefined
  waitForConnected(): Promise<boolean>
  send(message: BidiEvent): Promise<unknown>
  sendAsync(message: BidiEvent): number
  reconnect(url: string, options: unknown): Promise<boolean>
  /** webdriver's own entry point for tests: handles a response as if it came from the socket. */
  readonly __handleResponse: (data: string) => void
  close(): void
}

export interface BidiGuardOptions {
  role: string
  /** As the headers name it; absent: unknown. */
  device: string | undefined
  silenceMs?: number
}

/**
 * Sends a BiDi connection's messages through the command interceptor, and fixes two problems of webdriver: a call takes minutes
 * to fail if the other side closes the socket, or if the network swallows the connection.
 */
export function guardBidi(handler: BidiHandler, { role, device, silenceMs = bidiSilenceMs }: BidiGuardOptions): void {
  const pending = new Set<number>()
  const sendRaw = handler.send.bind(handler)
  let send = ignoreNoSuchRequest(withNetworkEvents(sendRaw))
  handler.send = message => sendCommand({ role, command: message.method, args: [message.params] }, () => send(message))
  const sendAsync = handler.sendAsync.bind(handler)
  handler.sendAsync = message => {
    const id = sendAsync(message)
    pending.add(id)
    return id
  }
  const reconnect = handler.reconnect.bind(handler)
  handler.reconnect = async (url, options) => {
    send = ignoreNoSuchRequest(withNetworkEvents(sendRaw))
    const connected = await reconnect(url, options)
    watch()
    return connected
  }
  const watch = (): void => {
    const { socket } = handler
    if (!socket) return
    failPendingOnClose(handler, socket, pending)
    terminateOnSilence(socket, () => device !== undefined && recordUnreachable(device, silenceMs), silenceMs)
  }
  void handler.waitForConnected().then(watch)
}

function failPendingOnClose(handler: BidiHandler, socket: BidiSocket, pending: Set<number>): void {
  socket.on('message', (data: unknown) => forget(pending, data))
  socket.once('close', () => {
    for (const id of pending) {
      handler.__handleResponse(
        JSON.stringify({ type: 'error', id, error: 'session closed', message: 'the BiDi connection was closed' }),
      )
    }
    pending.clear()
  })
}

/** Messages are only parsed while responses are awaited: events may be large. */
function forget(pending: Set<number>, data: unknown): void {
  if (pending.size === 0) return
  const { id } = JSON.parse(String(data)) as { id?: number }
  if (id !== undefined) pending.delete(id)
}
