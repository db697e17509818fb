import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below what systems hand out to clients and servers that take any, beside what Appium's drivers and simulated phones take. */
const ports = { from: 12_000, to: 20_000 }

/**
 * A port of the loopback interface that is free, and that nobody gets by chance: neither until a program that takes seconds
 * to start listens on it, nor while that is started anew.
 */
export async function quietPort(): Promise<number> {
  for (;;) {
    const port = ports.from + Math.floor(Math.random() * (ports.to - ports.from))
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const listens = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (!listens) return false
  server.close()
  await once(server, 'close')
  return true
}
