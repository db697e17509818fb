import { connect } from 'node:net'
import { realClearTimeout, realSetTimeout } from '../real-time.js'

/** Milliseconds that a server has for what it does at once. */
export const serverMs = 20

/**
 * Waits until servers have turned their event loops: what they do at once for the messages before it is done then. A request that
 * is not HTTP is refused by a server itself, without its app.
 */
export async function awaitServerTurn(urls: readonly URL[]): Promise<void> {
  await Promise.all(urls.map(turnOf))
}

async function turnOf({ hostname, port, protocol }: URL): Promise<void> {
  await new Promise<void>(resolve => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) })
    const timer = realSetTimeout(() => socket.destroy(), serverMs)
    socket.once('data', () => socket.destroy())
    socket.once('end', () => socket.destroy())
    socket.on('error', () => {})
    socket.once('close', () => {
      realClearTimeout(timer)
      resolve()
    })
    socket.end('\r\n?\r\n\r\n')
  })
}
