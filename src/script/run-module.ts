import { hasPendingCommands, waitForPendingCommands } from './command-interceptor.js'
import { takeUnreachable } from './gateway-agent.js'
import { clearCurrentModule } from './module-context.js'
import { ModuleRun, type Send } from './module-run.js'
import { countActiveResources, findOpenHandles, maxRssBytes, waitForLateCallbacks } from './open-handles.js'
import { OutputCapture } from './output-capture.js'
import type { ProcessState } from './process-state.js'
import type { CollectArtifacts } from './test-run.js'
import type { RunModule, WorkerReport } from './worker-messages.js'

/** Milliseconds to wait for commands that a module did not await. */
const pendingCommandsMs = 2_000

/** What a module runs in. */
export interface ModuleSurroundings {
  send: Send
  /** Called when a test or hook has failed; the module waits for it. */
  collectArtifacts: CollectArtifacts
  /** As it was before the first module. */
  state: ProcessState
}

/**
 * Runs one module in this process, from attaching to its sessions to restoring the process.
 *
 * Never rejects: whatever goes wrong is in the report.
 * @returns the report; `retire` is why this process should not be used again, if so
 */
export async function runModule(
  job: RunModule,
  { send, collectArtifacts, state }: ModuleSurroundings,
): Promise<{ report: WorkerReport; retire?: string }> {
  const resources = countActiveResources()
  const run = new ModuleRun(job, send, collectArtifacts)
  const capture = new OutputCapture((stream, text) => run.log(stream, text))
  if (!job.inspect) capture.start()
  let report: WorkerReport
  let hadCommands = false
  let commandsLeft = false
  try {
    report = await run.execute()
    // What follows needs timers, promises and the like as they were.
    state.restoreProperties()
    hadCommands = hasPendingCommands()
    commandsLeft = !(await waitForPendingCommands(pendingCommandsMs))
  } finally {
    run.detach()
  }
  const hadLateCallbacks = await waitForLateCallbacks(resources)
  const leftovers = await findOpenHandles(resources)
  report = run.withUncaughtErrors(report)
  run.warn()
  run.sendTrace(report)
  clearCurrentModule()
  run.end()
  const unreachable = takeUnreachable()
  if (unreachable) report = { ...report, unreachable }
  capture.stop()
  const stuck = state.restore(
    job.roles.map(({ gateway }) => originOf(gateway)),
    hadCommands || hadLateCallbacks || leftovers !== undefined,
  )
  const explored = job.explore !== undefined
  const retire = reasonToRetire({ explored, stuck, leftovers, commandsLeft, stillRunning: run.stillRunning() })
  return { report, ...(retire === undefined ? {} : { retire }) }
}

function originOf({ protocol, hostname, port }: RunModule['roles'][number]['gateway']): string {
  return new URL(`${protocol}://${hostname}:${port}`).origin
}

function reasonToRetire(found: {
  explored: boolean
  stuck: string[]
  leftovers: string | undefined
  commandsLeft: boolean
  stillRunning: string[]
}): string | undefined {
  if (found.stillRunning.length > 0) return `'${found.stillRunning[0]}' still runs after its timeout`
  if (found.stuck.length > 0) return `the module changed what can't be restored: ${found.stuck.join(', ')}`
  if (found.commandsLeft) return 'commands of the module are still pending'
  if (found.leftovers !== undefined) return `the module left something running: ${found.leftovers}`
  if (found.explored) return 'it explored a module, which changes the clock'
  if (process.memoryUsage.rss() > maxRssBytes) return `the process grew beyond ${maxRssBytes / 1024 / 1024} MB`
  return undefined
}
