import { once } from 'node:events'
import { createServer } from 'node:net'
import { hasErrorCode } from '../error/error-text.js'

/** Below the ports that systems assign, and apart from those that Appium's drivers and phones use. */
const ports = { from: 12_000, to: 20_000 }

/**
 * A free port of the loopback interface, for a program that can't report which port it chose. The system does not assign
 * this port to anyone else while the program starts, which may take seconds, or restarts.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.from + Math.floor(Math.random() * (ports.to - ports.from))
    if (await isFree(port)) return port
  }
}

/** @throws if listening fails for another reason than that the port is in use */
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
