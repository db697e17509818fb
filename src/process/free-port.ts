import { once } from 'node:events'
import { createServer } from 'node:net'
import { hasErrorCode } from '../error/error-text.js'

/** Below what systems hand out to clients and servers that take any port, beside what Appium's drivers and phones take. */
const ports = { from: 12_000, to: 20_000 }

/**
 * A port of the loopback interface that nobody listens on, for a program that can't say which one it picked. Nobody gets it by
 * chance until that program, which may take seconds to start, listens on it; nor while it is started anew.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.from + Math.floor(Math.random() * (ports.to - ports.from))
    if (await isFree(port)) return port
  }
}

/** @throws where nobody could listen there, whoever has the port */
async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if (hasErrorCode(error, 'EADDRINUSE')) return false
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}
