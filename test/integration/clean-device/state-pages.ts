import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Leaves something in each storage of its origin. */
const leave = `async () => {
  localStorage.k = sessionStorage.k = '1'
  document.cookie = 'k=1; max-age=9999'
  document.cookie = 'p=1; max-age=9999; Secure; SameSite=None; Partitioned'
  await caches.open('c')
  await new Promise(done => { indexedDB.open('d', 1).onsuccess = done })
  await (await navigator.storage.getDirectory()).getFileHandle('f', { create: true })
  await navigator.storageBuckets.open('b')
  await navigator.serviceWorker.register('/sw.js')
  const worker = new SharedWorker('/shared.js')
  worker.port.postMessage('kept')
  await new Promise(done => { worker.port.onmessage = done })
}`

/** What is found in the storages of its origin. */
const stored = `async () => {
  const files = []
  for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name)
  const worker = new SharedWorker('/shared.js')
  worker.port.postMessage('')
  const shared = await new Promise(done => { worker.port.onmessage = event => done(event.data) })
  return { local: localStorage.k, session: sessionStorage.k, cookies: document.cookie, caches: await caches.keys(),
    databases: (await indexedDB.databases()).length, files, buckets: await navigator.storageBuckets.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length, shared }
}`

const page = `<!doctype html><meta name="viewport" content="width=device-width"><title>state</title><input id="field">
<script>
const leave = ${leave}
const stored = ${stored}
const answer = async work => {
  const result = await work()
  document.title = 'done'
  for (const other of [parent, opener]) other?.postMessage({ result }, '*')
}
function copy() { field.value = 'left'; field.select(); document.execCommand('copy') }
const heard = () => new Promise(done => addEventListener('message', event => done(event.data.result), { once: true }))
async function inFrame(url) {
  const result = heard()
  const frame = document.createElement('iframe')
  frame.src = url
  document.body.append(frame)
  return result
}
if (location.hash === '#leave') answer(leave)
if (location.hash === '#stored') answer(stored)
</script>`

const shared = `let kept = 'nothing'
onconnect = ({ ports: [port] }) => { port.onmessage = ({ data }) => { if (data) kept = data; port.postMessage(kept) } }`

/** Pages that leave state in a browser. Each server is another origin. */
export class StatePages {
  readonly #server: Server
  /** Of `/cached`. */
  #served = 0

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  static async start(): Promise<StatePages> {
    const pages = new StatePages()
    pages.#server.listen(0, '127.0.0.1')
    await once(pages.#server, 'listening')
    return pages
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, this.url)
    const to = searchParams.get('to')
    if (to !== null) response.writeHead(302, { location: to }).end()
    else if (pathname === '/sw.js') send(response, 'text/javascript', "self.addEventListener('fetch', () => {})")
    else if (pathname === '/shared.js') send(response, 'text/javascript', shared)
    else if (pathname === '/headers') send(response, 'application/json', JSON.stringify(headers))
    else if (pathname === '/cached') {
      response.setHeader('cache-control', 'max-age=9999')
      send(response, 'text/plain', String(++this.#served))
    } else if (pathname === '/file') {
      response.setHeader('content-disposition', 'attachment; filename=report.txt')
      send(response, 'text/plain', 'a report')
    } else if (pathname === '/secret' && headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="state"' }).end('no')
    } else send(response, 'text/html', page)
  }
}

function send(response: ServerResponse, type: string, body: string): void {
  response.setHeader('content-type', type).end(body)
}
