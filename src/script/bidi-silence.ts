import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { nextTurn, realNow } from './real-time.js'
import { heartbeatMs, maxSilenceMs } from '../process/request-heartbeat.js'

/** What is used of a WebSocket of the `ws` package. */
export interface BidiSocket extends EventEmitter {
  ping(): void
  terminate(): void
}

/** Milliseconds of silence after which a BiDi connection is given up: longer than for a command, because it may be unused. */
export const bidiSilenceMs = 3 * maxSilenceMs

// A module may replace the timers.
const { setInterval, clearInterval } = globalThis

/**
 * Pings the gateway over a BiDi connection, and terminates the connection if nothing comes back for too long: a network can
 * swallow it without closing it.
 * @param onSilence - called before that
 */
export function terminateOnSilence(socket: BidiSocket, onSilence: () => void, silenceMs = bidiSilenceMs): void {
  let heardAt = realNow()
  let readBytes = 0
  const isSilent = (): boolean => {
    // A large message may take longer than the silence: its bytes count before it is complete.
    const { bytesRead = 0 } = (socket as { _socket?: Socket })._socket ?? {}
    if (bytesRead !== readBytes) heardAt = realNow()
    readBytes = bytesRead
    return realNow() - heardAt > silenceMs
  }
  const check = (): void => {
    socket.ping()
    if (!isSilent()) return
    // If this process was suspended or busy, nobody has read yet what came: the event loop does that next.
    void nextTurn().then(() => {
      if (!isSilent()) return
      clearInterval(timer)
      onSilence()
      socket.terminate()
    })
  }
  const timer = setInterval(check, Math.min(heartbeatMs, silenceMs / 3))
  timer.unref()
  socket.on('pong', () => (heardAt = realNow()))
  socket.once('close', () => clearInterval(timer))
}
