import { once } from 'node:events'
import { WebSocket } from 'ws'

interface Answer {
  id?: number
  result?: Record<string, unknown>
  error?: unknown
}

/** A DevTools connection that goes past the gateway, as of a script that reads the address of its browser. */
export class DevToolsClient {
  #id = 0
  private constructor(
    private readonly socket: WebSocket,
    private readonly targets: { targetId: string; type: string }[],
  ) {}

  static async connect(address: string): Promise<DevToolsClient> {
    const answer = await fetch(`http://${address}/json/version`)
    const { webSocketDebuggerUrl } = (await answer.json()) as { webSocketDebuggerUrl: string }
    const socket = new WebSocket(webSocketDebuggerUrl)
    await once(socket, 'open')
    const targets: DevToolsClient['targets'] = []
    const client = new DevToolsClient(socket, targets)
    const { targetInfos } = (await client.send('Target.getTargets')) as { targetInfos: typeof targets }
    targets.push(...targetInfos)
    return client
  }

  /** @param session - of `attach`; else the command is for the browser */
  async send(method: string, params: object = {}, session?: string): Promise<Record<string, unknown>> {
    const id = ++this.#id
    const { result, error } = await new Promise<Answer>(resolve => {
      const onMessage = (data: Buffer): void => {
        const message = JSON.parse(data.toString()) as Answer
        if (message.id !== id) return
        this.socket.off('message', onMessage)
        resolve(message)
      }
      // Several messages may arrive at once: the listener stays until the answer is there.
      this.socket.on('message', onMessage)
      this.socket.send(JSON.stringify({ id, method, params, ...(session !== undefined && { sessionId: session }) }))
    })
    if (result) return result
    throw new Error(`${method}: ${JSON.stringify(error)}`)
  }

  /** Attaches to the first page. */
  async attach(): Promise<string> {
    const targetId = this.targets.find(({ type }) => type === 'page')?.targetId
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    return String(sessionId)
  }

  close(): void {
    this.socket.terminate()
  }
}
