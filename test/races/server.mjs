// One server for all apps with a race: page /NAME, requests /NAME/OPERATION, sockets /NAME/TOPIC. `?room=` is a world of
// its own, `?race=1` switches the race on, `?me=` is who asks.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const folder = new URL('apps/', import.meta.url)
const names = readdirSync(folder).map(file => file.replace('.mjs', ''))
const apps = new Map(await Promise.all(names.map(async name => [name, await import(new URL(`${name}.mjs`, folder))])))
const scripts = new Map(names.map(name => [`/apps/${name}.mjs`, readFileSync(new URL(`${name}.mjs`, folder))]))
scripts.set('/page.mjs', readFileSync(new URL('page.mjs', import.meta.url)))
const rooms = new Map()

/** A world of its own in one app, with the state of that app. */
class Room {
  clients = new Set()

  /**
   * @param {object} message
   * @param {{ except?: string, topic?: string }} [to] - everyone by default
   */
  broadcast(message, { except, topic } = {}) {
    for (const client of this.clients) {
      if (client.me !== except && (topic === undefined || client.topic === topic)) client.send(message)
    }
  }
}

const server = createServer((request, response) => {
  const { app, name, part, query } = parseAddress(request.url)
  const script = scripts.get(request.url)
  const operation = app?.requests?.[`${request.method} ${part}`]
  if (script) send(response, 'text/javascript', script)
  else if (app && !part) send(response, 'text/html', pageOf(name, app))
  else if (operation) void answer(request, response, body => operation(openRoom(name, query), { ...query, body }))
  else if (name === 'health') send(response, 'text/plain', 'ok')
  else if (name === 'reset') send(response, 'text/plain', reset())
  else response.writeHead(404).end('not found')
})

new WebSocketServer({ server }).on('connection', (socket, request) => {
  const { app, name, part, query } = parseAddress(request.url)
  const room = openRoom(name, query)
  const client = {
    ...query,
    topic: part,
    send: message => socket.readyState === socket.OPEN && socket.send(JSON.stringify(message)),
  }
  room.clients.add(client)
  socket.on('message', (/** @type {Buffer} */ data) => app?.receive?.(room, client, JSON.parse(data.toString())))
  socket.on('close', () => room.clients.delete(client))
  socket.on('error', () => socket.terminate())
})

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`races: http://127.0.0.1:${server.address().port}`)
})

function parseAddress(address) {
  const url = new URL(address, 'http://localhost')
  const [, name, part] = url.pathname.split('/')
  const { room = '', me = '', race } = Object.fromEntries(url.searchParams)
  return { app: apps.get(name), name, part, query: { room, me, race: race === '1' } }
}

function openRoom(name, query) {
  const key = `${name}/${query.room}`
  if (!rooms.has(key)) rooms.set(key, Object.assign(new Room(), apps.get(name)?.newRoom()))
  return rooms.get(key)
}

function reset() {
  rooms.clear()
  return 'ok'
}

async function answer(request, response, act) {
  const text = Buffer.concat(await request.toArray()).toString()
  const { status = 200, ...reply } = act(text ? JSON.parse(text) : {}) ?? {}
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(reply))
}

function send(response, type, text) {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(text)
}

function pageOf(name, { html }) {
  return `<!doctype html>
<html lang="en">
  <meta name="viewport" content="width=device-width" />
  <link rel="icon" href="data:," />
  <title>${name}</title>
  <p>${name}: <span id="status">loading</span></p>
  ${html}
  <script type="module">
    import { page } from '/apps/${name}.mjs'
    import * as tools from '/page.mjs'
    await page(tools)
    tools.show('status', 'ready')
  </script>
</html>`
}
