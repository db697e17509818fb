import { noTests } from '../event/verdicts.js'
import { installDeviceGlobals } from './device-globals.js'
import { restoreGatewayAgent } from './gateway-agent.js'
import { openHostChannel } from './host-channel.js'
import { ProcessState } from './process-state.js'
import { runModule } from './run-module.js'
import { pendingCallOfModule } from './pending-call.js'
import { exitWithParent } from './exit-with-parent.js'
import { abortMatchersOnStop } from './abort-on-stop.js'
import { installFileWatch } from './file-watch.js'
import { followDeviceTimeouts } from './matcher-defaults.js'
import { currentModule } from './module-context.js'
import { sendTrace } from './trace/send-trace.js'
import { installUncaughtListeners } from './uncaught-errors.js'
import { deepStack } from './stack-depth.js'
import type { HostToWorker, RunModule, WorkerReport } from './worker-messages.js'

/** The worker process: runs modules, one at a time. It sends `ready` when mocha and WebdriverIO are loaded. */

const send = openHostChannel(receive)

let watching: Promise<void> | undefined

function main(): void {
  Error.stackTraceLimit = deepStack
  watching = exitWithParent()
  installUncaughtListeners()
  // Only if the module ends its process while it runs.
  process.on('exit', () => sendTrace(currentModule(), send))
  installFileWatch()
  restoreGatewayAgent()
  abortMatchersOnStop()
  followDeviceTimeouts()
  installDeviceGlobals()
  // Not yet: while its main file is loaded, Node has a listener that it removes later.
  setImmediate(() => {
    initialState()
    send({ type: 'ready' })
  })
}

let state: ProcessState | undefined

function initialState(): ProcessState {
  state ??= new ProcessState()
  return state
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
    case 'locate':
      send({ type: 'pending', ...pendingCallOfModule() })
      sendTrace(currentModule(), send)
      return
  }
}

async function run(job: RunModule): Promise<void> {
  await watching
  try {
    const { report, retire } = await runModule(job, { send, collectArtifacts: requestArtifacts, state: initialState() })
    send({ type: 'done', report, ...(retire === undefined ? {} : { retire }) })
  } catch (error) {
    // A module may break what this code needs (`Array.prototype.map = …`). The host must get a report anyway.
    initialState().restoreProperties()
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
