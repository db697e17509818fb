import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { withTimeout } from '../../process/deadline.js'
import {
  receiveMessages,
  replySchema,
  sendMessage,
  type FarmReply,
  type FarmRequest,
  type FarmStatus,
} from './control-protocol.js'

/** A farm whose process hangs is as good as none. Milliseconds. */
const answerMs = 30_000

/** A connection to the process of a warm farm. */
export class ControlClient {
  readonly #replies: FarmReply[] = []
  #onChange = (): void => {}
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>

  private constructor(private readonly socket: Socket) {
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
    void this.closed.then(() => this.#onChange())
    receiveMessages(socket, replySchema, reply => {
      this.#replies.push(reply)
      this.#onChange()
    })
  }

  /** @returns undefined if nobody listens there */
  static async open(path: string): Promise<ControlClient | undefined> {
    const socket = connect(path)
    try {
      await once(socket, 'connect')
    } catch {
      return undefined
    }
    return new ControlClient(socket)
  }

  /** @returns undefined if it does not answer */
  async status(): Promise<FarmStatus | undefined> {
    const reply = await this.#ask({ type: 'status' })
    return reply?.type === 'status' ? reply : undefined
  }

  /**
   * Uses the farm until `close`.
   * @returns false if the farm is ending
   */
  async join(run: string): Promise<boolean> {
    return (await this.#ask({ type: 'join', run }))?.type === 'joined'
  }

  /** Asks the farm to end as soon as nobody uses it. */
  leave(): void {
    sendMessage(this.socket, { type: 'leave' })
  }

  /**
   * Asks the farm to end now if nobody uses it.
   * @returns false if a command uses it, or if it does not answer
   */
  async leaveIfUnused(): Promise<boolean> {
    return (await this.#ask({ type: 'leave-if-unused' }))?.type === 'ending'
  }

  close(): void {
    this.socket.destroy()
  }

  async #ask(request: FarmRequest): Promise<FarmReply | undefined> {
    sendMessage(this.socket, request)
    const reply = new Promise<FarmReply | undefined>(resolve => {
      this.#onChange = () => {
        const next = this.#replies.shift()
        if (next !== undefined || this.socket.destroyed) resolve(next)
      }
      this.#onChange()
    })
    return withTimeout(reply, answerMs, () => undefined)
  }
}
