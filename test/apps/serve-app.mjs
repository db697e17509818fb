import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname } from 'node:path'

const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' }

/**
 * Serves a small app on loopback: its page and files, GET /health, POST /reset, and what the app itself answers.
 * @param {object} app
 * @param {string} app.name
 * @param {Record<string, URL>} app.files - path → file
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, url: URL) => boolean} [app.answer]
 *   true where it has answered
 * @param {() => void} [app.reset] - forgets all that users did, for `baton explore`
 * @returns {import('node:http').Server}
 */
export function serveApp({ name, files, answer, reset }) {
  const shared = { '/base.css': new URL('base.css', import.meta.url) }
  const contents = new Map(Object.entries({ ...shared, ...files }).map(([path, file]) => [path, read(file)]))

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const file = request.method === 'GET' && contents.get(url.pathname)
    if (file) response.writeHead(200, { 'content-type': file.type, 'cache-control': 'no-store' }).end(file.text)
    else if (url.pathname === '/health') response.writeHead(200).end('ok')
    else if (reset && request.method === 'POST' && url.pathname === '/reset') {
      reset()
      response.writeHead(200).end('ok')
    } else if (!answer?.(request, response, url)) response.writeHead(404).end('not found')
  })
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    console.log(`${name}: http://127.0.0.1:${server.address().port}`)
  })
  return server
}

function read(file) {
  return { text: readFileSync(file), type: `${types[extname(file.pathname)]}; charset=utf-8` }
}
