import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

/** What stands where Appium would, to see exactly what the gateway does to it. */
export class RecordingServer {
  readonly requests: IncomingMessage[] = []
  readonly sockets: WebSocket[] = []
  /** Close codes of ended WebSockets; what ws reports as 1005 and 1006 would end Appium. */
  readonly closeCodes: number[] = []
  connections = 0
  readonly #server: Server
  readonly #acceptor = new WebSocketServer({ noServer: true })

  private constructor(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#server = createServer((request, response) => {
      this.requests.push(request)
      answer(request, response)
    })
    this.#server.on('connection', () => (this.connections += 1))
    this.#server.on('upgrade', (request, socket, head) => {
      this.requests.push(request)
      this.#acceptor.handleUpgrade(request, socket, head, webSocket => {
        this.sockets.push(webSocket)
        webSocket.on('close', code => this.closeCodes.push(code))
      })
    })
  }

  static async start(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<RecordingServer> {
    const server = new RecordingServer(answer)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    for (const socket of this.sockets) socket.terminate()
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
