import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Duplex } from 'node:stream'

/** Gives a browser of this machine access to a phone's network. */
export interface SocksProxy {
  readonly port: number
  close(): void
}

const version = 5
const connectCommand = 1
const reply = { granted: 0, refused: 5, unsupported: 7 } as const
const addressKind = { ipv4: 1, name: 3, ipv6: 4 } as const

/** Serves SOCKS 5 (RFC 1928) on a port of this machine: no authentication, CONNECT alone. */
export async function serveSocks(connect: (host: string, port: number) => Promise<Duplex>): Promise<SocksProxy> {
  const clients = new Set<Socket>()
  const server = createServer(client => {
    clients.add(client)
    client.once('close', () => clients.delete(client))
    client.on('error', () => client.destroy())
    void serve(client, connect).catch(() => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      for (const client of clients) client.destroy()
    },
  }
}

async function serve(client: Socket, connect: (host: string, port: number) => Promise<Duplex>): Promise<void> {
  const [, methods = 0] = await read(client, 2)
  await read(client, methods)
  client.write(Buffer.from([version, 0]))
  const [, command, , kind] = await read(client, 4)
  const host = await readHost(client, kind)
  const port = (await read(client, 2)).readUInt16BE()
  if (command !== connectCommand || host === undefined) return void client.end(answer(reply.unsupported))
  const target = await connect(host, port).catch(() => undefined)
  if (!target) return void client.end(answer(reply.refused))
  client.write(answer(reply.granted))
  pipeline(client, target, client, () => {
    client.destroy()
    target.destroy()
  })
}

async function readHost(client: Socket, kind: number | undefined): Promise<string | undefined> {
  if (kind === addressKind.ipv4) return [...(await read(client, 4))].join('.')
  if (kind === addressKind.name) return (await read(client, (await read(client, 1))[0] ?? 0)).toString('latin1')
  if (kind !== addressKind.ipv6) return undefined
  const groups = await read(client, 16)
  return Array.from({ length: 8 }, (_, index) => groups.readUInt16BE(index * 2).toString(16)).join(':')
}

/** Reads exactly that many bytes. @throws if the client disconnects before */
async function read(client: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes = (count === 0 ? Buffer.alloc(0) : client.read(count)) as Buffer | null
    if (bytes?.length === count) return bytes
    if (client.readableEnded || client.destroyed) throw new Error('the client has gone')
    const more = new AbortController()
    await Promise.race([
      once(client, 'readable', { signal: more.signal }),
      once(client, 'close', { signal: more.signal }),
    ]).finally(() => more.abort())
  }
}

function answer(code: number): Buffer {
  return Buffer.from([version, code, 0, addressKind.ipv4, 0, 0, 0, 0, 0, 0])
}
