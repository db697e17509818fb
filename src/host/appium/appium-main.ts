/**
 * The Appium server's process: Appium's own `main`, with three differences from its command line. It listens on a port
 * that the system picks, and reports it (to look for a free port first would be a race). It serves only its host. And it
 * survives WebSockets that close without a close frame.
 */
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { errorMessage } from '../../error/error-text.js'
import { address, AppiumGuard } from './appium-guard.js'
import type { AppiumMessage } from './appium-server.js'
import { sendableCloseCode } from '../gateway/gateway-close-code.js'

const [appiumHome = ''] = process.argv.slice(2)

/** The part of Appium's API that is used here: its own types do not compile in an ES module. */
interface Appium {
  main: (args: Record<string, unknown>) => Promise<{ address(): AddressInfo }>
}

patchWebSocketClose()
// The host has ended or stops this server: shut down gracefully, with all sessions.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))

try {
  const { main } = (await import(import.meta.resolve('appium'))) as Appium
  const guard = new AppiumGuard()
  const server = await guard.protect(async () =>
    main({
      subcommand: 'server',
      address,
      port: 0,
      appiumHome,
      loglevel: 'info',
      logTimestamp: true,
      logNoColors: true,
      throwInsteadOfExit: true,
    }),
  )
  send({ type: 'listening', url: guard.urlOf(server.address().port) })
} catch (error) {
  send({ type: 'failed', message: errorMessage(error) })
  process.exitCode = 1
  process.disconnect()
}

function send(message: AppiumMessage): void {
  process.send?.(message)
}

/**
 * Appium 3.8 passes the close code of one side of a BiDi connection to `close` of the other side. If a side closed
 * without a close frame (a killed client or browser), that code is 1005 or 1006. `ws` throws when asked to send it, and
 * nobody catches that: the server and all its sessions would be lost with one browser.
 */
function patchWebSocketClose(): void {
  const fromAppium = createRequire(createRequire(import.meta.url).resolve('appium'))
  const { WebSocket } = fromAppium('ws') as { WebSocket: { prototype: ClosingSocket } }
  const { prototype } = WebSocket
  const { close } = prototype
  prototype.close = function (code, reason) {
    close.call(this, code === undefined ? code : sendableCloseCode(code), reason)
  }
}

interface ClosingSocket {
  close: (this: ClosingSocket, code?: number, reason?: string | Buffer) => void
}
