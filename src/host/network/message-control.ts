import type { WebSocket } from 'ws'
import {
  controlOrderSchema,
  controlSilenceMs,
  type ControlReport,
} from '../../script/network/message-control-protocol.js'
import type { NetworkMessage } from '../../script/network/network-message.js'
import type { DeviceNetwork, MessageGate } from './device-network.js'
import { parseJson } from '../../process/parse-json.js'

const heartbeatMs = 1_000

/**
 * The host's side of a connection to a worker that decides when each message of a device may pass. If the connection ends or
 * falls silent, everything passes: a module can't hang a device.
 */
export class MessageControl implements MessageGate {
  readonly #waiting = new Map<number, () => void>()
  #nextId = 0
  #isStarted = false
  #reportScheduled = false
  readonly #heartbeat: NodeJS.Timeout
  #heardAt = performance.now()

  constructor(
    private readonly socket: WebSocket,
    private readonly network: DeviceNetwork,
  ) {
    socket.on('message', (data: Buffer) => this.#obey(data.toString()))
    socket.on('pong', () => (this.#heardAt = performance.now()))
    socket.on('error', () => {})
    socket.once('close', () => this.#close())
    this.#heartbeat = setInterval(() => this.#checkConnection(), heartbeatMs)
  }

  /** Whether messages wait. */
  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Resolves when the message may pass. */
  async passes(message: NetworkMessage, isUp: boolean): Promise<void> {
    if (!this.#isStarted) return
    this.#nextId += 1
    const id = this.#nextId
    await new Promise<void>(resolve => {
      this.#waiting.set(id, resolve)
      this.#send({ type: 'waits', id, isUp, message })
    })
  }

  countsChanged(): void {
    if (this.#reportScheduled) return
    this.#reportScheduled = true
    setImmediate(() => {
      this.#reportScheduled = false
      this.#send({ type: 'counts', ...this.#state })
    })
  }

  /** Closes the connection: everything passes. */
  async end(code = 1000, reason = ''): Promise<void> {
    this.#close()
    this.socket.close(code, reason)
  }

  #obey(text: string): void {
    const parsed = controlOrderSchema.safeParse(parseJson(text))
    if (!parsed.success) return this.socket.terminate()
    const order = parsed.data
    this.#heardAt = performance.now()
    switch (order.do) {
      case 'start':
        this.#isStarted = true
        return
      case 'stop':
        return this.#stop()
      case 'pass':
        this.#waiting.get(order.id)?.()
        this.#waiting.delete(order.id)
        return
      case 'sync':
        // What the orders before it have caused in this turn is counted.
        setImmediate(() => this.#send({ type: 'synced', id: order.id, ...this.#state }))
    }
  }

  #stop(): void {
    this.#isStarted = false
    for (const pass of this.#waiting.values()) pass()
    this.#waiting.clear()
  }

  #close(): void {
    clearInterval(this.#heartbeat)
    this.#stop()
    this.network.removeGate(this)
  }

  #checkConnection(): void {
    if (performance.now() - this.#heardAt > controlSilenceMs) this.socket.terminate()
    else this.socket.ping()
  }

  get #state() {
    const { counts, unanswered } = this.network.counter
    return { counts: { ...counts }, unanswered }
  }

  #send(report: ControlReport): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(report))
  }
}
