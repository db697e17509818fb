import { Agent, setGlobalDispatcher } from 'undici'
import { noTests } from '../event/verdicts.js'
import { installDeviceGlobals } from './device-globals.js'
import { openHostChannel } from './host-channel.js'
import { runModule } from './run-module.js'
import { exitWithParent } from './exit-with-parent.js'
import { abortMatchersOnStop } from './abort-on-stop.js'
import { installFileWatch } from './file-watch.js'
import { followDeviceTimeouts } from './matcher-defaults.js'
import { installUncaughtListeners } from './uncaught-errors.js'
import { deepStack } from './stack-depth.js'
import type { HostToWorker, RunModule, WorkerReport } from './worker-messages.js'

/** The worker process: runs modules, one at a time. It sends `ready` when mocha and WebdriverIO are loaded. */

const send = openHostChannel(receive)

/**
 * webdriver creates an agent for each session, whose sockets stay open, unless the class of the global dispatcher has
 * another name than Agent. Requests have their own deadline (`connectionRetryTimeout`).
 */
class GatewayAgent extends Agent {}

/** Milliseconds after which an unused socket to a gateway is closed. */
const keepAliveMs = 2_000

let watching: Promise<void> | undefined

function main(): void {
  Error.stackTraceLimit = deepStack
  watching = exitWithParent()
  installUncaughtListeners()
  installFileWatch()
  setGlobalDispatcher(
    new GatewayAgent({
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      headersTimeout: 0,
      bodyTimeout: 0,
    }),
  )
  abortMatchersOnStop()
  followDeviceTimeouts()
  installDeviceGlobals()
  send({ type: 'ready' })
}

/** Resumes a module that waits for the host. */
let resume = (): void => {}

function receive(message: HostToWorker): void {
  switch (message.type) {
    case 'run':
      void run(message)
      return
    case 'resume':
      resume()
      return
  }
}

async function run(job: RunModule): Promise<void> {
  await watching
  try {
    const { report, retire } = await runModule(job, send, requestArtifacts)
    send({ type: 'done', report, ...(retire === undefined ? {} : { retire }) })
  } catch (error) {
    // A module may break what this code needs (`Array.prototype.map = …`). The host must get a report anyway.
    const message = `the module could not be finished: ${String(error)}`
    const report: WorkerReport = {
      verdict: 'failed',
      started: true,
      counts: noTests(),
      error: { name: 'Error', message },
    }
    send({ type: 'done', report, retire: 'it could not be restored after a module' })
  }
}

async function requestArtifacts(title: string[]): Promise<void> {
  await new Promise<void>(resolve => {
    resume = resolve
    send({ type: 'failing', title })
  })
}

main()
