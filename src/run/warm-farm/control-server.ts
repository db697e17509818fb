import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { receiveMessages, requestSchema, sendMessage, type FarmRequest, type FarmStatus } from './control-protocol.js'

/** What the process of a farm knows beyond its users. */
export type FarmDetails = Pick<FarmStatus, 'devices' | 'servers' | 'faults'>

export interface ControlOptions {
  /** Path of the Unix socket. */
  socket: string
  /** Milliseconds without a user after which the farm ends. */
  idleMs: number
  details: () => Promise<FarmDetails>
  /** A command has left, or died. @param run - its run */
  onUserGone: (run: string) => void
  /** The farm has been idle for long enough, or was asked to leave and nobody uses it. Called once. */
  onEnd: (reason: string) => void
}

/** Knows who uses a warm farm, and when it ends. */
export class ControlServer {
  readonly #server: Server
  readonly #connections = new Set<Socket>()
  readonly #users = new Map<Socket, string>()
  #idleSince = performance.now()
  #isLeaving = false
  #deadline: NodeJS.Timeout | undefined

  private constructor(private readonly options: ControlOptions) {
    this.#server = createServer(connection => this.#accept(connection))
  }

  static async start(options: ControlOptions): Promise<ControlServer> {
    const control = new ControlServer(options)
    control.#server.listen(options.socket)
    await once(control.#server, 'listening')
    control.#becomeIdle()
    return control
  }

  /** Closes all connections: a command that has joined learns that the farm is gone. */
  close(): void {
    this.#isLeaving = true
    clearTimeout(this.#deadline)
    this.#server.close()
    for (const connection of this.#connections) connection.destroy()
  }

  #accept(connection: Socket): void {
    this.#connections.add(connection)
    connection.on('close', () => {
      this.#connections.delete(connection)
      const run = this.#users.get(connection)
      this.#users.delete(connection)
      if (run === undefined) return
      this.options.onUserGone(run)
      if (this.#users.size === 0) this.#becomeIdle()
    })
    receiveMessages(connection, requestSchema, request => void this.#answer(connection, request))
  }

  async #answer(connection: Socket, request: FarmRequest): Promise<void> {
    switch (request.type) {
      case 'status':
        sendMessage(connection, await this.#status())
        break
      case 'join':
        sendMessage(connection, { type: this.#join(connection, request.run) ? 'joined' : 'refused' })
        break
      case 'leave':
        this.#isLeaving = true
        if (this.#users.size === 0) this.#end('it was asked to end')
        break
      case 'leave-if-unused': {
        const isUnused = this.#users.size === 0
        sendMessage(connection, { type: isUnused ? 'ending' : 'in-use' })
        if (isUnused) this.#end('it was asked to end')
      }
    }
  }

  #join(connection: Socket, run: string): boolean {
    if (this.#isLeaving) return false
    clearTimeout(this.#deadline)
    this.#users.set(connection, run)
    return true
  }

  async #status(): Promise<FarmStatus> {
    // In Redis, which may be ending.
    const details = await this.options
      .details()
      .catch((error: unknown) => ({ devices: [], servers: [], faults: [`it does not answer (${String(error)})`] }))
    const users = this.#users.size
    const idleMs = Math.round(performance.now() - this.#idleSince)
    return { type: 'status', users, isLeaving: this.#isLeaving, ...(users === 0 && { idleMs }), ...details }
  }

  #becomeIdle(): void {
    this.#idleSince = performance.now()
    clearTimeout(this.#deadline)
    if (this.#isLeaving) return this.#end('it was asked to end')
    const { idleMs } = this.options
    this.#deadline = setTimeout(() => this.#end(`nobody has used it for ${Math.round(idleMs / 1000)} s`), idleMs)
  }

  #end(reason: string): void {
    this.#isLeaving = true
    clearTimeout(this.#deadline)
    this.options.onEnd(reason)
  }
}
