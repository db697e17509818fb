import path from 'node:path'
import type { ModuleEvent } from '../event/run-event.js'
import { noTests, type TestCounts } from '../event/verdicts.js'
import { attachRole, detachRole } from './attach-role.js'
import { BatonTrail } from './baton-trail.js'
import { located, toErrorRecord } from './to-error-record.js'
import { stopTrackingActivity } from './branch/branch-activity.js'
import { mentionsBranches, watchForDeadlocks } from './branch/deadlock.js'
import { createContext } from './create-context.js'
import { createScriptModule, type ScriptModule } from './script-module.js'
import { createMocha, disposeMocha, explainLoadError, runMocha, type MochaEngine } from './mocha-engine.js'
import type { ExploringAttempt } from './explore/exploring-attempt.js'
import { minTestTimeoutMs, realDate } from './real-time.js'
import { ConfigHooks } from './config-hooks.js'
import { createScope } from './device-scope.js'
import {
  scopeStorage,
  setCurrentModule,
  type AttachedRole,
  type Browser,
  type ModuleContext,
} from './module-context.js'
import { watchFiles } from './file-watch.js'
import { moduleUrl, workerId } from './module-identity.js'
import { ModuleSnapshots } from './module-snapshots.js'
import { ProjectAccess } from './project-access.js'
import { globalFixtures, runWithFixtures, type GlobalFixtures } from './global-fixtures.js'
import { runDeviceCallbacks } from './on-device.js'
import { applyEnvironment } from './process-state.js'
import { importSharedPackage } from './shared-packages.js'
import { ModuleTrace } from './trace/module-trace.js'
import { sendTrace } from './trace/send-trace.js'
import { onUncaughtError } from './uncaught-errors.js'
import { TestRun, type CollectArtifacts } from './test-run.js'
import type { RunModule, WorkerReport, WorkerToHost } from './worker-messages.js'

/** Sends a message to the host. */
export type Send = (message: WorkerToHost) => void

/** One run of a module: attaches to its sessions, loads it and runs its tests. */
export class ModuleRun {
  readonly #job: RunModule
  readonly #send: Send
  readonly #collectArtifacts: CollectArtifacts
  readonly #script: ScriptModule
  readonly #access: ProjectAccess
  readonly #trail = new BatonTrail()
  readonly #roles = new Map<string, AttachedRole>()
  readonly #uncaught: unknown[] = []
  readonly #stopListening: () => void
  readonly #context: ModuleContext
  readonly #hooks: ConfigHooks | undefined
  readonly #trace: ModuleTrace | undefined
  #title: string[] | undefined
  #tests: TestRun | undefined
  #exploration: ExploringAttempt | undefined
  #fixtures: GlobalFixtures = { setup: [], teardown: [] }
  #started = false
  #loaded = false

  constructor(job: RunModule, send: Send, collectArtifacts: CollectArtifacts) {
    this.#job = job
    this.#send = send
    this.#collectArtifacts = collectArtifacts
    this.#script = createScriptModule(job.module)
    this.#trace = job.trace && !job.explore ? new ModuleTrace() : undefined
    this.#access = new ProjectAccess(job.module, file => send({ type: 'append', file }))
    this.#context = createContext({
      job,
      script: this.#script,
      access: this.#access,
      roles: this.#roles,
      trace: this.#trace,
      emit: event => {
        this.#trace?.addEvent(event)
        this.#emit(event)
      },
      recordPass: (role, place, by) => this.#notePass(role, place, by),
    })
    this.#hooks = job.wdio && new ConfigHooks(job.wdio, [moduleUrl(job.module)], this.#script.mapStack)
    this.#stopListening = onUncaughtError(error => {
      if (!this.#tests?.handleUncaught(error)) this.#uncaught.push(error)
    })
  }

  /** Never rejects. */
  async execute(): Promise<WorkerReport> {
    try {
      await this.#attach()
      this.#started = true
      this.#send({ type: 'started' })
      applyEnvironment(
        { WDIO_WORKER_ID: workerId(this.#job.module.id), ...this.#job.env },
        path.join(this.#job.module.directory, this.#job.module.base),
      )
      setCurrentModule(this.#context)
      watchFiles(this.#access)
      if (mentionsBranches(this.#job.module.code)) watchForDeadlocks()
      return await (this.#job.explore ? this.#explore() : this.#loadAndRun())
    } catch (error) {
      return this.#failed(explainLoadError(error, this.#script))
    }
  }

  /** Adds the uncaught errors that no test can be blamed for: they fail the module. */
  withUncaughtErrors(report: WorkerReport): WorkerReport {
    const counted = this.#tests && !report.error ? reportOf(this.#tests.counts) : report
    // Not by its value: a promise may be rejected with `undefined`.
    if (this.#uncaught.length === 0 || report.error) return counted
    return { ...this.#failed(this.#uncaught[0]), counts: counted.counts }
  }

  /** Detaches from all sessions, and leaves them open. */
  detach(): void {
    for (const role of this.#roles.values()) detachRole(role)
  }

  /** Emits what the module should know about files of its project. */
  warn(): void {
    watchFiles(undefined)
    for (const warning of this.#access.warnings()) this.#emit({ type: 'warning', ...warning })
  }

  /** Sends what the module did, if that is wanted. */
  sendTrace({ verdict }: WorkerReport): void {
    if (this.#job.trace === 'on' || verdict === 'failed') sendTrace(this.#context, this.#send)
  }

  /** Stops handling uncaught errors and tracking activity. */
  end(): void {
    stopTrackingActivity()
    this.#stopListening()
  }

  /** Returns the titles of tests and hooks whose functions still run after their timeout. */
  stillRunning(): string[] {
    return this.#tests?.stillRunning() ?? []
  }

  /** Emits what the module printed, with the title of the test or hook that is running. */
  log(stream: 'stdout' | 'stderr', text: string): void {
    // A script may print stacks.
    this.#emit({
      type: 'log',
      stream,
      text: this.#script.mapStack(text),
      ...(this.#title ? { title: this.#title } : {}),
    })
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

  async #explore(): Promise<WorkerReport> {
    const exploring = await import('./explore/exploring-attempt.js')
    this.#exploration = new exploring.ExploringAttempt({
      job: this.#job,
      roles: this.#roles,
      runOnce: async () => {
        const report = this.withUncaughtErrors(await this.#loadAndRun())
        this.#uncaught.length = 0
        return report
      },
      emit: event => this.#emit(event),
      collectArtifacts: this.#collectArtifacts,
    })
    const report = await this.#exploration.run()
    // Its counts are those of iterations.
    this.#tests = undefined
    return report
  }

  async #loadAndRun(): Promise<WorkerReport> {
    this.#context.phase = 'loading'
    this.#context.deviceCallbacks = []
    try {
      const engine = await this.#load()
      this.#loaded = true
      await runDeviceCallbacks(this.#context)
      if (this.#uncaught.length > 0) throw this.#uncaught.shift()
      return await this.#runTests(engine)
    } finally {
      // What `beforeSession` did is undone even if the module can't be loaded.
      await this.#runHook('afterSession', browser => this.#hooks?.afterSession(browser))
    }
  }

  async #load(): Promise<MochaEngine> {
    const { mocha, inspect, explore } = this.#job
    const timeoutMs = inspect || mocha.timeoutMs === 0 ? 0 : Math.max(mocha.timeoutMs, explore ? minTestTimeoutMs : 0)
    const options = { ...mocha, timeoutMs }
    const engine = createMocha(this.#job.module.file, options, this.#script, globals =>
      this.#hooks?.wrapGlobals(globals),
    )
    Object.assign(globalThis, engine.globals)
    const { exports, setup } = await this.#script.evaluate(importSharedPackage, async (loaded, index) => {
      const browsers = [...this.#roles.values()].map(({ browser }) => browser)
      if (index === 0) await this.#hooks?.load(loaded, browsers, workerId(this.#job.module.id))
    })
    this.#fixtures = globalFixtures(setup)
    for (const { mochaHooks } of [...setup, exports]) {
      const hooks: unknown = typeof mochaHooks === 'function' ? await mochaHooks() : mochaHooks
      if (hooks) engine.mocha.rootHooks(hooks)
    }
    return engine
  }

  async #runTests(engine: MochaEngine): Promise<WorkerReport> {
    if (engine.mocha.suite.total() === 0) {
      // As mocha and WebdriverIO: all of its suites may be skipped, or made by a loop over nothing.
      const hint =
        'add at least one it() or test(), at its top level or in a describe(), or take the file out of the run'
      this.#emit({ type: 'warning', message: 'the module has no test, so nothing ran', hint })
      return reportOf(noTests())
    }
    this.#context.phase = 'running'
    const tests = new TestRun(this.#context, engine, this.#trail, this.#job.firstRole, {
      running: (title, role, place) => {
        this.#title = title
        this.#trace?.addTest(title, role)
        this.#send({ type: 'running', title, role, ...(place && { at: located('', place, this.#script) }) })
      },
      failing: async title => this.#exploration?.testFailed(title) ?? this.#collectArtifacts(title),
      ended: () => this.#exploration?.testEnded(),
    })
    this.#tests = tests
    this.#hooks?.addSuiteHooks(engine.mocha)
    const snapshots = await ModuleSnapshots.open(this.#job.module, this.#job.updateSnapshots ?? 'none', this.#script)
    try {
      await this.#runHook('before', browser => this.#hooks?.before(browser))
      await runWithFixtures(this.#fixtures, () =>
        runMocha(engine.mocha, runner => {
          tests.listen(runner, snapshots)
          this.#exploration?.listen(runner)
        }),
      )
      await this.#context.network.enter(undefined)
      await this.#runHook('after', browser => this.#hooks?.after(tests.counts.failed, browser))
      const counts = await snapshots?.finishOrWarn(engine.mocha.suite, tests.passed)
      if (counts) this.#emit(counts)
    } finally {
      this.#title = undefined
      disposeMocha(engine.mocha)
    }
    return reportOf(tests.counts)
  }

  /** Runs a hook of a WebdriverIO configuration on the first role's device, outside of any test. */
  async #runHook(name: string, call: (browser: Browser) => Promise<void> | undefined): Promise<void> {
    const { firstRole, wdio } = this.#job
    const browser = this.#roles.get(firstRole)?.browser
    if (!wdio || !browser) return
    const scope = createScope({ title: [`${name} of ${wdio.file}`], module: this.#context }, firstRole)
    this.#context.runningScope = scope
    try {
      await scopeStorage.run(scope, async () => call(browser))
    } finally {
      scope.closed = true
      this.#context.runningScope = undefined
    }
  }

  #notePass(role: string, place: string | undefined, by?: { branch: string; from: string }): void {
    const device = this.#roles.get(role)?.session.device.name ?? role
    const at = place === undefined ? {} : { place }
    const pass = { role, device, ...at }
    const from = by?.from ?? this.#trail.holder
    this.#trace?.addPass({ branch: by?.branch ?? '', role, ...(from !== undefined && { from }), ...at })
    this.#trail.note({ ...pass, at: realDate() })
    this.#emit({ type: 'baton:pass', ...pass })
  }

  #emit(event: ModuleEvent): void {
    if (this.#exploration?.takes(event)) return
    this.#send({ type: 'event', event: { ...event, at: realDate() } })
  }

  #failed(error: unknown): WorkerReport {
    const counts = this.#tests?.counts ?? noTests()
    return {
      verdict: 'failed',
      started: this.#started,
      counts: { ...counts },
      error: toErrorRecord(this.#access.explain(error), this.#script),
      ...(this.#loaded ? {} : { untouched: true }),
    }
  }
}

function reportOf(counts: TestCounts): WorkerReport {
  const verdict = counts.failed > 0 ? 'failed' : counts.passed > 0 ? 'passed' : 'skipped'
  return { verdict, started: true, counts: { ...counts } }
}
