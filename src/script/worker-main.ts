import { Agent, setGlobalDispatcher } from 'undici'
import { noTests } from '../event/verdicts.js'
import { installDeviceGlobals } from './device-globals.js'
import { runModule } from './run-module.js'
import { exitWithParent } from './exit-with-parent.js'
import { abortMatchersOnStop } from './abort-on-stop.js'
import { installFileWatch } from './file-watch.js'
import { followDeviceTimeouts } from './matcher-defaults.js'
import { installUncaughtListeners } from './uncaught-errors.js'
import { deepStack } from './stack-depth.js'
import type { HostToWorker, RunModule, WorkerReport, WorkerToHost } from './worker-messages.js'

/**
 * The worker process: runs modules, one at a time. The host forks it with an IPC channel; it sends `ready` when mocha and
 * WebdriverIO are loaded.
 */

/**
 * webdriver creates an agent for each session, whose sockets stay open, unless the class of the global dispatcher has
 * another name than Agent. Requests have their own deadline (`connectionRetryTimeout`).
 */
class GatewayAgent extends Agent {}

/** Milliseconds after which an unused socket to a gateway is closed. */
const keepAliveMs = 2_000

/** Sends over the IPC channel. */
const sendToHost = hideChannel()

/**
 * Takes `process.send` and `process.disconnect` away from modules, so that code that looks for a parent process finds none.
 * Node's internal `process._send` still works: the host checks every message by a schema.
 */
function hideChannel(): NodeJS.Process['send'] {
  const send = process.send?.bind(process)
  for (const name of ['send', 'disconnect']) Reflect.deleteProperty(process, name)
  return send
}

function main(): void {
  Error.stackTraceLimit = deepStack
  exitWithParent()
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
  process.on('message', (message: HostToWorker) => receive(message))
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

function send(message: WorkerToHost): void {
  // Without a channel the host is gone, and `exitWithParent` kills this process.
  if (process.connected) sendToHost?.(message)
}

main()
