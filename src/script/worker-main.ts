import { Agent, setGlobalDispatcher } from 'undici'
import { installDeviceGlobals } from './device-globals.js'
import { runModule } from './run-module.js'
import { exitWithParent } from './exit-with-parent.js'
import { abortMatchersOnStop } from './abort-on-stop.js'
import { installUncaughtListeners } from './uncaught-errors.js'
import type { RunModule, HostToWorker, WorkerToHost } from './worker-messages.js'

/**
 * The process that executes modules, one at a time. Forked by the host with an IPC channel; says `ready` once mocha and
 * WebdriverIO are loaded.
 */

/**
 * webdriver makes an agent of its own for each session, whose sockets stay open, unless the global dispatcher's class is
 * called something else than Agent. Requests have a deadline of their own (`connectionRetryTimeout`).
 */
class GatewayAgent extends Agent {}

/** Milliseconds that an unused socket to a gateway stays open. */
const keepAliveMs = 2_000

function main(): void {
  exitWithParent()
  installUncaughtListeners()
  setGlobalDispatcher(
    new GatewayAgent({
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      headersTimeout: 0,
      bodyTimeout: 0,
    }),
  )
  abortMatchersOnStop()
  installDeviceGlobals()
  process.on('message', (message: HostToWorker) => receive(message))
  send({ type: 'ready' })
}

/** Goes on with a module that waits for the host. */
let resume = (): void => {}

function receive(message: HostToWorker): void {
  switch (message.type) {
    case 'execute':
      void execute(message)
      return
    case 'go-on':
      resume()
      return
    case 'stop':
      process.exit(0)
  }
}

async function execute(job: RunModule): Promise<void> {
  try {
    const { outcome, retire } = await runModule(job, send, requestArtifacts)
    send({ type: 'done', outcome, ...(retire === undefined ? {} : { retire }) })
  } catch (error) {
    // A module can break what its own end needs (`Array.prototype.map = …`). Whatever happens, the host has to hear of it.
    const counts = { passed: 0, failed: 0, pending: 0 }
    const message = `the module could not be brought to its end: ${String(error)}`
    send({
      type: 'done',
      outcome: { verdict: 'failed', counts, error: { name: 'Error', message } },
      retire: 'it could not be put back after a module',
    })
  }
}

async function requestArtifacts(title: string[]): Promise<void> {
  await new Promise<void>(resolve => {
    resume = resolve
    send({ type: 'failing', title })
  })
}

function send(message: WorkerToHost): void {
  // Without a channel the host is gone, and `endWithParent` ends this process.
  if (process.connected) process.send?.(message)
}

main()
