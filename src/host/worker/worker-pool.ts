import { noTests } from '../../event/verdicts.js'
import pLimit from 'p-limit'
import type { RunModule, WorkerReport } from '../../script/worker-messages.js'
import { WorkerAttempt, type WorkerAttemptOptions } from './worker-attempt.js'
import { WorkerProcess } from './worker-process.js'
import { machineEnvironment } from './machine-environment.js'

export interface WorkerPoolOptions {
  /** Warm workers that wait for a module, in addition to those that run one; default 1. */
  spare?: number
  /** How many modules can run at the same time, at least 1. No more workers than that are started. Default: no limit. */
  maxModules?: () => number
  /** How many processes to keep while nothing runs; default: `spare`, plus as many as ever ran at the same time. */
  size?: number
  /** Environment of the worker processes; modules see their own. Default: PATH, HOME, LANG, TZ and TMPDIR of this process. */
  environment?: Record<string, string>
  /**
   * Port for a debugger, on loopback; workers then share the host's terminal, and start one at a time. Absent: none.
   * For modules that run with `inspect`, to which no deadline applies.
   */
  inspectPort?: number
}

/**
 * The worker processes of a host. Each runs one module at a time, and is reused until it reports that it should not be.
 * Workers that wait have mocha and WebdriverIO loaded.
 */
export class WorkerPool {
  readonly #options: Required<Pick<WorkerPoolOptions, 'spare' | 'environment'>> & WorkerPoolOptions
  readonly #idle: WorkerProcess[] = []
  readonly #all = new Set<WorkerProcess>()
  readonly #attempts = new Set<WorkerAttempt>()
  #peak = 0
  /** Two processes can't share one debugger port. */
  readonly #oneAtATime = pLimit(1)
  #closed = false

  constructor(options: WorkerPoolOptions = {}) {
    this.#options = { ...options, spare: options.spare ?? 1, environment: options.environment ?? defaultEnvironment() }
    this.#fill()
  }

  /** Ids of the running processes. */
  get pids(): number[] {
    return [...this.#all].flatMap(worker => worker.pid ?? [])
  }

  /** Runs one module. Never rejects: what went wrong with the worker is in the report. */
  async run(job: RunModule, options: WorkerAttemptOptions): Promise<WorkerReport> {
    const run = async (): Promise<WorkerReport> => this.#run(job, options)
    return this.#options.inspectPort === undefined ? run() : this.#oneAtATime(run)
  }

  /** Ends every worker, and with it the modules in flight: they are interrupted. */
  async close(): Promise<void> {
    this.#closed = true
    for (const attempt of this.#attempts) attempt.interrupt()
    await Promise.all([...this.#all].map(worker => worker.kill()))
  }

  async #run(job: RunModule, options: WorkerAttemptOptions): Promise<WorkerReport> {
    if (this.#closed || options.signal?.aborted) return { verdict: 'interrupted', started: false, counts: noTests() }
    for (let start = 1; ; start++) {
      const report = await this.#runOnce(job, options)
      // A worker can die while it waits or warms up, which is not the module's fault.
      if (report.started || !report.workerEnd || start === maxStarts) return report
    }
  }

  async #runOnce(job: RunModule, options: WorkerAttemptOptions): Promise<WorkerReport> {
    const worker = this.#take()
    const attempt = new WorkerAttempt(worker, job, options)
    this.#attempts.add(attempt)
    this.#fill()
    this.#peak = Math.max(this.#peak, this.#attempts.size)
    try {
      const report = await attempt.report
      if (attempt.workerReusable && !this.#closed) this.#keep(worker)
      else await worker.kill()
      return report
    } finally {
      this.#attempts.delete(attempt)
      this.#fill()
    }
  }

  #take(): WorkerProcess {
    // The one used last has the most in its caches; if none is ready, the one that started to warm up last.
    const at = this.#idle.findLastIndex(worker => worker.ready)
    return this.#idle.splice(at, 1)[0] ?? this.#start()
  }

  /** If there are too many, one that is still warming up goes first. */
  #keep(worker: WorkerProcess): void {
    this.#idle.push(worker)
    if (this.#idle.length <= (this.#options.size ?? this.#options.spare + this.#peak)) return
    const at = Math.max(
      0,
      this.#idle.findIndex(({ ready }) => !ready),
    )
    for (const surplus of this.#idle.splice(at, 1)) void surplus.kill()
  }

  #fill(): void {
    // Two processes can't have one debugger port.
    const spare = this.#options.inspectPort === undefined ? this.#options.spare : Math.min(1, this.#options.spare)
    const busy = this.#options.inspectPort === undefined ? 0 : this.#all.size - this.#idle.length
    const usable = Math.max(1, this.#options.maxModules?.() ?? Infinity) - this.#attempts.size
    const wanted = Math.min(spare, usable)
    while (!this.#closed && this.#idle.length + busy < wanted) this.#idle.push(this.#start())
  }

  #start(): WorkerProcess {
    const worker = new WorkerProcess(this.#options.environment, this.#options.inspectPort)
    this.#all.add(worker)
    void worker.ended.then(() => {
      this.#all.delete(worker)
      const at = this.#idle.indexOf(worker)
      if (at >= 0) this.#idle.splice(at, 1)
      // One that failed to load would fail again, forever.
      if (worker.ready) this.#fill()
    })
    return worker
  }
}

/** Workers that are tried before a module's first line runs. */
const maxStarts = 3

function defaultEnvironment(): Record<string, string> {
  const { LANG, TZ } = process.env
  return {
    WDIO_LOG_LEVEL: 'error',
    ...(LANG !== undefined && { LANG }),
    ...(TZ !== undefined && { TZ }),
    ...machineEnvironment(process.env),
  }
}
