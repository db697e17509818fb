import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorMessage } from '../error/error-text.js'

/** Lets the workers of a machine restart the servers of a run, which belong to another process. */
export interface RestartEndpoint {
  /** A POST to it answers when the server is ready again. */
  urlOf(server: string): string
  close(): void
}

/** @param restart - rejects if the server does not become ready */
export async function openRestartEndpoint(restart: (server: string) => Promise<void>): Promise<RestartEndpoint> {
  // Other users of the machine can't guess it.
  const secret = randomBytes(16).toString('hex')
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, given, server = ''] = (request.url ?? '').split('/')
    if (request.method !== 'POST' || given !== secret) return void response.writeHead(404).end()
    try {
      await restart(decodeURIComponent(server))
      response.writeHead(204).end()
    } catch (error) {
      response.writeHead(500).end(errorMessage(error))
    }
  }
  const endpoint = createServer((request, response) => void answer(request, response))
  endpoint.listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
  const { port } = endpoint.address() as AddressInfo
  return {
    urlOf: server => `http://127.0.0.1:${port}/${secret}/${encodeURIComponent(server)}`,
    close() {
      endpoint.close()
      endpoint.closeAllConnections()
    },
  }
}
