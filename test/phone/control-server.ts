import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { controlNames } from './control-calls.js'
import { phoneControls } from './phone-controls.js'
import type { Phone } from './phone.js'

/**
 * Lets other processes of this machine control the phones: `POST /phones/SERIAL/unplug`, with the argument, if any, as JSON.
 * `GET /phones` lists all phones.
 */
export async function serveControl(phones: readonly Phone[], port = 0): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    // The client may disconnect in the middle of its request.
    void answer(phones, request, response).catch(() => response.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

async function answer(phones: readonly Phone[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, , serial, name] = (request.url ?? '').split('/').map(decodeURIComponent)
  const phone = phones.find(phone => phone.serial === serial)
  const control = controlNames.find(known => known === name)
  const body = await text(request)
  try {
    if (request.method === 'GET' && serial === undefined)
      send(
        response,
        200,
        phones.map(phone => phone.status()),
      )
    else if (!phone || !control) send(response, 404, { message: `unknown phone or control: ${request.url}` })
    else {
      const call = phoneControls(phone)[control] as (argument: unknown) => Promise<unknown>
      send(response, 200, (await call(body === '' ? undefined : JSON.parse(body))) ?? null)
    }
  } catch (error) {
    send(response, 500, { message: error instanceof Error ? error.message : String(error) })
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
