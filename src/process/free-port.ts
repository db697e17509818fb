import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/**
 * A port of the loopback interface that nobody listens on now, for a program that can't say which one it picked. Another
 * process may take it first: what it was for then fails, and the next try asks anew.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
