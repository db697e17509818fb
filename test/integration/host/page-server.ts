import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const page = `<!doctype html><meta name="viewport" content="width=device-width"><title>Page</title><h1>Hello</h1>
<script>console.log('page loaded', window.injected)</script>`
const worker = `self.addEventListener('fetch', () => {})`

/** A page, a service worker and a small API on two ports, so that there are two origins. */
export class PageServer {
  readonly #server: Server
  private constructor() {
    this.#server = createServer((request, response) => {
      if (request.url === '/sw.js') response.setHeader('content-type', 'text/javascript').end(worker)
      else if (request.url?.startsWith('/api'))
        response.setHeader('content-type', 'application/json').end('{"real":true}')
      else response.setHeader('content-type', 'text/html').end(page)
    })
  }

  static async start(): Promise<PageServer> {
    const pages = new PageServer()
    pages.#server.listen(0, '127.0.0.1')
    await once(pages.#server, 'listening')
    return pages
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
