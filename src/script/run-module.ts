import { waitForPendingCommands } from './command-interceptor.js'
import { clearCurrentModule } from './module-context.js'
import { ModuleRun, type Send } from './module-run.js'
import { countActiveResources, findOpenHandles, maxRssBytes } from './open-handles.js'
import { OutputCapture } from './output-capture.js'
import { snapshotProcess } from './process-state.js'
import type { CollectArtifacts } from './test-run.js'
import type { RunModule, WorkerReport } from './worker-messages.js'

/** Milliseconds to wait for commands that a module did not await. */
const pendingCommandsMs = 2_000

/**
 * Runs one module in this process, from attaching to its sessions to restoring the process.
 *
 * Never rejects: whatever goes wrong is in the report.
 * @param collectArtifacts - called when a test or hook has failed; the module waits for it
 * @returns the report; `retire` is why this process should not be used again, if so
 */
export async function runModule(
  job: RunModule,
  send: Send,
  collectArtifacts: CollectArtifacts,
): Promise<{ report: WorkerReport; retire?: string }> {
  const resources = countActiveResources()
  const restore = snapshotProcess()
  const run = new ModuleRun(job, send, collectArtifacts)
  const capture = new OutputCapture((stream, text) => run.log(stream, text))
  if (!job.inspect) capture.start()
  let report: WorkerReport
  let commandsLeft = false
  try {
    report = await run.execute()
    commandsLeft = !(await waitForPendingCommands(pendingCommandsMs))
  } finally {
    run.detach()
  }
  const leftovers = await findOpenHandles(resources)
  report = run.withUncaughtErrors(report)
  run.warn()
  clearCurrentModule()
  run.end()
  capture.stop()
  const retire = reasonToRetire({ stuck: restore(), leftovers, commandsLeft, stillRunning: run.stillRunning() })
  return { report, ...(retire === undefined ? {} : { retire }) }
}

function reasonToRetire(found: {
  stuck: string[]
  leftovers: string | undefined
  commandsLeft: boolean
  stillRunning: string[]
}): string | undefined {
  if (found.stillRunning.length > 0) return `'${found.stillRunning[0]}' still runs after its timeout`
  if (found.stuck.length > 0) return `the module changed ${found.stuck.join(', ')}, which can't be restored`
  if (found.commandsLeft) return 'commands of the module are still pending'
  if (found.leftovers !== undefined) return `the module left something running: ${found.leftovers}`
  if (process.memoryUsage.rss() > maxRssBytes) return `the process grew beyond ${maxRssBytes / 1024 / 1024} MB`
  return undefined
}
