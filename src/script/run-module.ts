import path from 'node:path'
import { BatonError } from '../error/baton-error.js'
import type { ModuleEvent } from '../event/run-event.js'
import { noTests, type TestCounts } from '../event/verdicts.js'
import { attachRole, detachRole } from './attach-role.js'
import { BatonTrail } from './baton-trail.js'
import { toErrorRecord } from './error-record.js'
import { stopTrackingActivity } from './branch/branch-activity.js'
import { watchForDeadlocks } from './branch/deadlock.js'
import { countActiveResources, findOpenHandles, maxRssBytes } from './open-handles.js'
import { createScriptModule, type ScriptModule } from './script-module.js'
import { createMocha, explainLoadError, runMocha, type MochaEngine } from './mocha-engine.js'
import { setCurrentModule, clearCurrentModule, type AttachedRole, type ModuleContext } from './module-context.js'
import { runDeviceCallbacks } from './on-device.js'
import { OutputCapture } from './output-capture.js'
import { applyEnvironment, snapshotProcess } from './process-state.js'
import { waitForPendingCommands } from './command-interceptor.js'
import { importSharedPackage } from './shared-packages.js'
import { onUncaughtError } from './uncaught-errors.js'
import { TestRun, type CollectArtifacts } from './test-run.js'
import type { RunModule, WorkerReport, WorkerToHost } from './worker-messages.js'

/** Milliseconds to wait for commands that a module did not await. */
const pendingCommandsMs = 2_000

export type Send = (message: WorkerToHost) => void

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
  const busy = countActiveResources()
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
  const leftovers = await findOpenHandles(busy)
  report = run.settle(report)
  clearCurrentModule()
  run.end()
  capture.stop()
  const retire = reasonToRetire({ stuck: restore(), leftovers, commandsLeft, stillRunning: run.stillRunning() })
  return { report, ...(retire === undefined ? {} : { retire }) }
}

/** The module that is running, and what has been started for it. */
class ModuleRun {
  readonly #job: RunModule
  readonly #send: Send
  readonly #collectArtifacts: CollectArtifacts
  readonly #script: ScriptModule
  readonly #trail = new BatonTrail()
  readonly #roles = new Map<string, AttachedRole>()
  readonly #uncaught: unknown[] = []
  readonly #stopListening: () => void
  readonly #context: ModuleContext
  #title: string[] | undefined
  #tests: TestRun | undefined
  #started = false
  #loaded = false

  constructor(job: RunModule, send: Send, collectArtifacts: CollectArtifacts) {
    this.#job = job
    this.#send = send
    this.#collectArtifacts = collectArtifacts
    this.#script = createScriptModule(job.module)
    this.#context = this.#createContext()
    this.#stopListening = onUncaughtError(error => {
      if (!this.#tests?.handleUncaught(error)) this.#uncaught.push(error)
    })
  }

  async execute(): Promise<WorkerReport> {
    try {
      await this.#attach()
      this.#started = true
      this.#send({ type: 'started' })
      applyEnvironment(this.#job.env, path.join(this.#job.module.directory, this.#job.module.base))
      setCurrentModule(this.#context)
      if (mentionsBranches(this.#job.module.code)) watchForDeadlocks()
      const engine = await this.#load()
      this.#loaded = true
      await runDeviceCallbacks(this.#context)
      if (this.#uncaught.length > 0) throw this.#uncaught.shift()
      return await this.#runTests(engine)
    } catch (error) {
      return this.#failed(explainLoadError(error, this.#script))
    }
  }

  /** Uncaught errors that no test can be blamed for fail the module. */
  settle(report: WorkerReport): WorkerReport {
    const counted = this.#tests && !report.error ? reportOf(this.#tests.counts) : report
    // Not by its value: a promise may be rejected with `undefined`.
    if (this.#uncaught.length === 0 || report.error) return counted
    return { ...this.#failed(this.#uncaught[0]), counts: counted.counts }
  }

  detach(): void {
    for (const role of this.#roles.values()) detachRole(role)
  }

  end(): void {
    stopTrackingActivity()
    this.#stopListening()
  }

  stillRunning(): string[] {
    return this.#tests?.stillRunning() ?? []
  }

  log(stream: 'stdout' | 'stderr', text: string): void {
    this.#emit({ type: 'log', stream, text, ...(this.#title ? { title: this.#title } : {}) })
  }

  async #attach(): Promise<void> {
    const attached = await Promise.allSettled(
      this.#job.roles.map(async session => {
        this.#roles.set(session.role, await attachRole(session, this.#job.inspect))
      }),
    )
    const failed = attached.find(result => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  async #load(): Promise<MochaEngine> {
    const options = { ...this.#job.mocha, ...(this.#job.inspect ? { timeoutMs: 0 } : {}) }
    const engine = createMocha(this.#job.module.file, options, this.#script)
    Object.assign(globalThis, engine.globals)
    const { exports, setup } = await this.#script.evaluate(importSharedPackage)
    for (const { mochaHooks } of [...setup, exports]) {
      const hooks: unknown = typeof mochaHooks === 'function' ? await mochaHooks() : mochaHooks
      if (hooks) engine.mocha.rootHooks(hooks)
    }
    return engine
  }

  async #runTests(engine: MochaEngine): Promise<WorkerReport> {
    if (engine.mocha.suite.total() === 0) throw noTestsError()
    this.#context.phase = 'running'
    const tests = new TestRun(this.#context, engine, this.#trail, this.#job.firstRole, {
      running: (title, role) => {
        this.#title = title
        this.#send({ type: 'running', title, role })
      },
      failing: this.#collectArtifacts,
    })
    this.#tests = tests
    try {
      await runMocha(engine.mocha, runner => tests.listen(runner))
    } finally {
      this.#title = undefined
      engine.mocha.dispose()
    }
    return reportOf(tests.counts)
  }

  #createContext(): ModuleContext {
    return {
      fileName: this.#script.fileName,
      mapStack: this.#script.mapStack,
      phase: 'loading',
      roles: this.#roles,
      servers: this.#job.servers,
      runningScope: undefined,
      deviceCallbacks: [],
      explainError: this.#script.explainError,
      emit: event => this.#emit(event),
      recordPass: (role, place) => this.#notePass(role, place),
    }
  }

  #notePass(role: string, place: string | undefined): void {
    const device = this.#roles.get(role)?.session.device.name ?? role
    const pass = { role, device, ...(place === undefined ? {} : { place }) }
    this.#trail.note({ ...pass, at: Date.now() })
    this.#emit({ type: 'baton:pass', ...pass })
  }

  #emit(event: ModuleEvent): void {
    this.#send({ type: 'event', event: { ...event, at: Date.now() } })
  }

  #failed(error: unknown): WorkerReport {
    const counts = this.#tests?.counts ?? noTests()
    return {
      verdict: 'failed',
      started: this.#started,
      counts: { ...counts },
      error: toErrorRecord(this.#script.explainError(error), this.#script.mapStack),
      ...(this.#loaded ? {} : { untouched: true }),
    }
  }
}

function reportOf(counts: TestCounts): WorkerReport {
  const verdict = counts.failed > 0 ? 'failed' : counts.passed > 0 ? 'passed' : 'skipped'
  return { verdict, started: true, counts: { ...counts } }
}

/** Whether a module may start branches: only then are deadlocks detected, which costs time. */
function mentionsBranches(code: string): boolean {
  return /["'`.](?:parallel|start)\b/.test(code)
}

function noTestsError(): BatonError {
  return new BatonError('BATON_NO_TESTS', 'the module has no test', {
    hint: 'add at least one it() or test(), at its top level or in a describe()',
  })
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
