import { once } from 'node:events'
import { createServer } from 'node:net'
import { hasErrorCode } from '../error/error-text.js'

export interface PortRange {
  readonly from: number
  /** The first port after the range. */
  readonly to: number
}

/** Below the ports that systems assign, and apart from those that Appium's drivers and phones use. */
const ports: PortRange = { from: 12_000, to: 16_000 }

/**
 * Where programs listen that drive a device and obey everyone who reaches them: ChromeDriver, forwards to phones. A range of
 * their own, so that emulated browsers and firewalls can be kept from them.
 */
export const controlPorts: PortRange = { from: 16_000, to: 18_000 }

/**
 * A free port of the loopback interface, for a program that can't report which port it chose. The system does not assign
 * this port to anyone else while the program starts, which may take seconds, or restarts.
 */
export async function freePort({ from, to } = ports): Promise<number> {
  for (;;) {
    const port = from + Math.floor(Math.random() * (to - from))
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
