import { WebSocket } from 'ws'
import {
  controlReportSchema,
  controlSilenceMs,
  messageControlPath,
  type ControlOrder,
  type ControlReport,
  noCounts,
  type MessageCounts,
} from '../network/message-control-protocol.js'
import type { NetworkMessage } from '../network/network-message.js'
import type { RoleSession } from '../worker-messages.js'
import { sameCounts } from './message-counts.js'
import { realClearTimeout, realSetTimeout } from '../real-time.js'

const connectTimeoutMs = 5_000

/** A message that waits at the proxy of a device. */
export interface WaitingMessage {
  message: NetworkMessage
  /** It comes from the device. */
  isUp: boolean
  /** Lets it pass. */
  pass: () => void
}

export interface StreamObserver {
  waits: (waiting: WaitingMessage) => void
  /** The counts have changed, or the connection has ended. */
  changed: () => void
}

/** The connection to the proxy of one device: messages wait until this process lets them pass. */
export class MessageStream {
  counts: MessageCounts = noCounts()
  /** Requests that the server has not answered yet. */
  unanswered = 0
  /** The connection is gone: everything passes. */
  isLost = false
  readonly #syncs = new Map<number, () => void>()
  #nextSync = 0
  #silence: NodeJS.Timeout | undefined

  private constructor(
    private readonly socket: WebSocket,
    private readonly observer: StreamObserver,
  ) {
    socket.on('message', (data: Buffer) => this.#receive(data.toString()))
    socket.on('ping', () => this.#restartSilence())
    socket.once('close', () => this.#lose())
    this.#restartSilence()
  }

  /** @returns undefined if the messages of the device can't be controlled */
  static async connect(
    { gateway, headers }: Pick<RoleSession, 'gateway' | 'headers'>,
    observer: StreamObserver,
  ): Promise<MessageStream | undefined> {
    const scheme = gateway.protocol === 'https' ? 'wss' : 'ws'
    const url = `${scheme}://${gateway.hostname}:${gateway.port}${messageControlPath}`
    const socket = new WebSocket(url, { headers, perMessageDeflate: false, handshakeTimeout: connectTimeoutMs })
    socket.on('error', () => {})
    const isOpen = await new Promise<boolean>(resolve => {
      socket.once('open', () => resolve(true))
      socket.once('close', () => resolve(false))
    })
    if (!isOpen) return undefined
    const stream = new MessageStream(socket, observer)
    await stream.sync()
    return stream.isLost ? undefined : stream
  }

  /** From now on messages wait. */
  start(): void {
    this.#send({ do: 'start' })
  }

  /** Everything passes. */
  stop(): void {
    this.#send({ do: 'stop' })
  }

  /** Resolves when the host has done what it was asked for, and this process knows all that has come to wait by then. */
  async sync(): Promise<void> {
    if (this.isLost) return
    this.#nextSync += 1
    const id = this.#nextSync
    await new Promise<void>(resolve => {
      this.#syncs.set(id, resolve)
      this.#send({ do: 'sync', id })
    })
  }

  async close(): Promise<void> {
    const { socket } = this
    if (socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
    const timer = realSetTimeout(() => socket.terminate(), 1_000)
    socket.close(1000)
    await closed
    realClearTimeout(timer)
  }

  #receive(text: string): void {
    this.#restartSilence()
    const report: ControlReport = controlReportSchema.parse(JSON.parse(text))
    if (report.type === 'waits') {
      const { id, isUp, message } = report
      return this.observer.waits({ message, isUp, pass: () => this.#send({ do: 'pass', id }) })
    }
    const isNews = report.unanswered !== this.unanswered || !sameCounts(report.counts, this.counts)
    this.counts = report.counts
    this.unanswered = report.unanswered
    if (report.type === 'synced') {
      this.#syncs.get(report.id)?.()
      this.#syncs.delete(report.id)
    }
    if (isNews) this.observer.changed()
  }

  #restartSilence(): void {
    realClearTimeout(this.#silence)
    this.#silence = realSetTimeout(() => this.socket.terminate(), controlSilenceMs)
  }

  #lose(): void {
    realClearTimeout(this.#silence)
    this.isLost = true
    for (const synced of this.#syncs.values()) synced()
    this.#syncs.clear()
    this.observer.changed()
  }

  #send(order: ControlOrder): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(order))
  }
}
