import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { text } from 'node:stream/consumers'
import { asSocket, type AdbStream } from '../adbd/adb-stream.js'
import type { StreamHandler } from '../adbd/transport.js'

/**
 * Serves a WebView's DevTools socket: passes on Chromium's answers, except to `/json/version`.
 * @param port - of Chromium's own DevTools
 * @param version - fields that override Chromium's own there
 */
export function serveDevtools(port: number, version: () => object): { handle: StreamHandler; close: () => void } {
  const streams = new Set<AdbStream>()
  const server = createServer((incoming, response) => void relay(incoming, response).catch(() => response.destroy()))
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    const target = connect(port, '127.0.0.1')
    target.write(requestText(incoming))
    target.write(head)
    pipeline(socket, target, socket, () => {
      socket.destroy()
      target.destroy()
    })
  })

  async function relay(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = incoming
    const outgoing = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false })
    incoming.pipe(outgoing)
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      outgoing.once('response', resolve).once('error', reject),
    )
    const body = await text(answer)
    const told = url === '/json/version' ? JSON.stringify({ ...(JSON.parse(body) as object), ...version() }) : body
    response.writeHead(answer.statusCode ?? 500, {
      'content-type': answer.headers['content-type'] ?? 'application/json',
      'content-length': Buffer.byteLength(told),
    })
    response.end(told)
  }

  return {
    handle: stream => {
      streams.add(stream)
      stream.once('close', () => streams.delete(stream))
      server.emit('connection', asSocket(stream))
    },
    close: () => {
      for (const stream of streams) stream.destroy()
    },
  }
}

/** The request of an upgrade, verbatim: what follows is not HTTP any more. */
function requestText({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
