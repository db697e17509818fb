import type { RunModule, WorkerReport } from '../../script/worker-messages.js'
import { WorkerAttempt, type WorkerAttemptOptions, type ExecutionEnd } from './worker-attempt.js'
import { WorkerProcess } from './worker-process.js'
import { machineEnvironment } from './machine-environment.js'

export interface WorkerPoolOptions {
  /** How many workers wait for a module, warm, whatever the others do; default 1. */
  spare?: number
  /** How many processes are kept at most while nothing runs; default: spare and the most modules that ran at a time. */
  size?: number
  /** Environment of the worker processes; modules see their own. Default: PATH, HOME, LANG, TZ and TMPDIR of this process. */
  environment?: Record<string, string>
  /**
   * Port for a debugger, on loopback; workers then share the host's terminal, and start one at a time. Absent: none.
   * For modules executed with `inspect`, to which no deadline applies.
   */
  inspectPort?: number
}

/**
 * The worker processes of a host. Each executes one module at a time and is used again until it says that it should not
 * be; workers that wait have mocha and WebdriverIO loaded.
 */
export class WorkerPool {
  readonly #options: Required<Pick<WorkerPoolOptions, 'spare' | 'environment'>> & WorkerPoolOptions
  readonly #idle: WorkerProcess[] = []
  readonly #all = new Set<WorkerProcess>()
  readonly #executions = new Set<WorkerAttempt>()
  #peak = 0
  /** Ends with the last execution under the debugger. */
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: WorkerPoolOptions = {}) {
    this.#options = { ...options, spare: options.spare ?? 1, environment: options.environment ?? defaultEnvironment() }
    this.#fill()
  }

  /** Ids of the processes that live now. */
  get pids(): number[] {
    return [...this.#all].flatMap(worker => worker.pid ?? [])
  }

  /**
   * Executes one module.
   * @returns how it ended; what went wrong with the worker is an outcome too, so this never rejects
   */
  async execute(job: RunModule, options: WorkerAttemptOptions): Promise<WorkerReport> {
    // Two processes can't have one debugger port.
    if (this.#options.inspectPort === undefined) return this.#execute(job, options)
    const turn = this.#turn.then(() => this.#execute(job, options))
    this.#turn = turn
    return turn
  }

  /** Ends every worker, and with it the modules in flight, which end as interrupted. */
  async close(): Promise<void> {
    this.#closed = true
    for (const execution of this.#executions) execution.interrupt()
    await Promise.all([...this.#all].map(worker => worker.kill()))
  }

  async #execute(job: RunModule, options: WorkerAttemptOptions): Promise<WorkerReport> {
    if (this.#closed || options.signal?.aborted) return interrupted
    for (let start = 1; ; start++) {
      const { outcome, neverStarted } = await this.#executeOnce(job, options)
      // A worker can die while it waits or warms up: no fault of the module.
      if (!(neverStarted && outcome.workerEnd) || start === maxStarts) return outcome
    }
  }

  async #executeOnce(job: RunModule, options: WorkerAttemptOptions): Promise<ExecutionEnd> {
    const worker = this.#take()
    const execution = new WorkerAttempt(worker, job, options)
    this.#executions.add(execution)
    this.#peak = Math.max(this.#peak, this.#executions.size)
    try {
      const end = await execution.done
      if (end.reusable && !this.#closed) this.#keep(worker)
      else await worker.kill()
      return end
    } finally {
      this.#executions.delete(execution)
      this.#fill()
    }
  }

  #take(): WorkerProcess {
    // The one used last has the most in its caches; where none is ready, the one that began to warm up last.
    const at = this.#idle.findLastIndex(worker => worker.ready)
    const worker = this.#idle.splice(at, 1)[0] ?? this.#start()
    this.#fill()
    return worker
  }

  /** Of too many, one that is still warming up goes first. */
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
    while (!this.#closed && this.#idle.length + busy < spare) this.#idle.push(this.#start())
  }

  #start(): WorkerProcess {
    const worker = new WorkerProcess(this.#options.environment, this.#options.inspectPort)
    this.#all.add(worker)
    void worker.ended.then(() => {
      this.#all.delete(worker)
      const at = this.#idle.indexOf(worker)
      if (at >= 0) this.#idle.splice(at, 1)
      // One that could not even load would only do so again, for ever.
      if (worker.ready) this.#fill()
    })
    return worker
  }
}

/** Workers that are tried for a module before its first line runs. */
const maxStarts = 3

const interrupted: WorkerReport = { verdict: 'interrupted', counts: { passed: 0, failed: 0, pending: 0 } }

function defaultEnvironment(): Record<string, string> {
  const { LANG, TZ } = process.env
  return {
    WDIO_LOG_LEVEL: 'error',
    ...(LANG !== undefined && { LANG }),
    ...(TZ !== undefined && { TZ }),
    ...machineEnvironment(process.env),
  }
}
