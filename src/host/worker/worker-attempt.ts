import { setImmediate as nextTurn } from 'node:timers/promises'
import { BatonError } from '../../error/baton-error.js'
import type { ErrorCode } from '../../error/codes.js'
import type { ErrorRecord, ModuleEvent } from '../../event/run-event.js'
import type { TestCounts } from '../../event/verdicts.js'
import { LineBuffer } from '../../process/line-buffer.js'
import type { RunModule, WorkerReport, WorkerToHost } from '../../script/worker-messages.js'
import type { WorkerExit, WorkerProcess } from './worker-process.js'

export interface WorkerAttemptOptions {
  /** Milliseconds from the module's first line until it is killed; not applied under `inspect`. */
  moduleTimeoutMs: number
  /** Milliseconds that attaching to the sessions may take, before the deadline begins to count; default 180,000. */
  attachTimeoutMs?: number
  onEvent(event: ModuleEvent & { at: number }): void
  /**
   * A test or hook has failed for good; the module goes on when this resolves, and its deadline rests until then.
   * Must not reject.
   */
  onFailing?(title: string[]): Promise<void>
  /** The module's first line is about to run. */
  onStarted?(): void
  /** Aborted where the lease is lost or the run is cancelled: the worker is killed at once, the outcome is `interrupted`. */
  signal?: AbortSignal
}

export interface ExecutionEnd {
  outcome: WorkerReport
  /** The worker process lives and may execute another module. */
  reusable: boolean
  /** The worker ended before the module's first line: nothing was executed. */
  neverStarted?: boolean
}

type OutputStream = 'stdout' | 'stderr'

const defaultAttachTimeoutMs = 180_000

/** One module in one worker: sends it there, watches its deadline, makes an outcome of whatever happens. */
export class WorkerAttempt {
  readonly done: Promise<ExecutionEnd>
  readonly #worker: WorkerProcess
  readonly #job: RunModule
  readonly #options: WorkerAttemptOptions
  readonly #counts: TestCounts = { passed: 0, failed: 0, pending: 0 }
  #resolve: (end: ExecutionEnd) => void = () => {}
  #timer: NodeJS.Timeout | undefined
  #deadline: { at: number; pass: () => void } | undefined
  /** The worker has said so. */
  #done = false
  #finished = false
  /** Whole lines: half a line may hold half a secret, which nobody could mask. */
  readonly #output: Record<OutputStream, LineBuffer> = { stdout: this.#logTo('stdout'), stderr: this.#logTo('stderr') }
  #running: { title: string[]; role: string } | undefined
  #holder: string | undefined
  #started = false

  constructor(worker: WorkerProcess, job: RunModule, options: WorkerAttemptOptions) {
    this.#worker = worker
    this.#job = job
    this.#options = options
    this.done = new Promise(resolve => {
      this.#resolve = resolve
    })
    worker.listen({
      message: message => this.#receive(message),
      output: (stream, text) => this.#output[stream].add(text),
    })
    void worker.ended.then(async end => {
      await outputRead()
      this.#lost(end)
    })
    options.signal?.addEventListener('abort', this.interrupt)
    this.#setDeadline(options.attachTimeoutMs ?? defaultAttachTimeoutMs, () => this.#attachTimedOut())
    worker.send(job)
  }

  /** Ends the module at once. */
  readonly interrupt = (): void => this.#end({ verdict: 'interrupted', counts: this.#counts })

  #receive(message: WorkerToHost): void {
    switch (message.type) {
      case 'ready':
        return
      case 'started':
        this.#started = true
        this.#options.onStarted?.()
        this.#setDeadline(this.#options.moduleTimeoutMs, () => this.#timedOut())
        return
      case 'running':
        this.#running = { title: message.title, role: message.role }
        this.#holder = message.role
        return
      case 'failing':
        void this.#explain(message.title)
        return
      case 'event':
        this.#event(message.event)
        return
      case 'done':
        clearTimeout(this.#timer)
        this.#done = true
        void this.#finishWhenRead({ outcome: message.outcome, reusable: message.retire === undefined })
        return
    }
  }

  async #finishWhenRead(end: ExecutionEnd): Promise<void> {
    await outputRead()
    this.#finish(end)
  }

  #logTo(stream: OutputStream): LineBuffer {
    return new LineBuffer(text => this.#event({ type: 'log', stream, text, at: Date.now() }))
  }

  async #explain(title: string[]): Promise<void> {
    const deadline = this.#deadline
    const leftMs = (deadline?.at ?? 0) - Date.now()
    clearTimeout(this.#timer)
    await this.#options.onFailing?.(title)
    if (this.#finished) return
    if (deadline) this.#setDeadline(leftMs, deadline.pass)
    this.#worker.send({ type: 'go-on' })
  }

  #event(event: ModuleEvent & { at: number }): void {
    if (event.type === 'baton:pass') this.#holder = event.role
    if (event.type === 'test:end' && event.kind === 'test' && !event.willRetry) this.#counts[event.state]++
    this.#options.onEvent(event)
  }

  /** A worker that still warms up spends nothing of the deadline either: its `started` comes after. */
  #setDeadline(timeoutMs: number, pass: () => void): void {
    clearTimeout(this.#timer)
    if (this.#job.inspect) return
    this.#deadline = { at: Date.now() + timeoutMs, pass }
    this.#timer = setTimeout(pass, timeoutMs)
  }

  #timedOut(): void {
    const where = this.#running ? `in '${this.#running.title.join(' › ')}'` : 'while it loaded'
    const holder = this.#holder === undefined ? '' : `, '${this.#holder}' held the baton`
    this.#fail(
      'BATON_MODULE_TIMEOUT',
      `the module was stopped after ${this.#options.moduleTimeoutMs} ms: ${where}${holder}`,
      {
        hint: 'look for what never ends there, or give --module-timeout more time',
      },
    )
  }

  #attachTimedOut(): void {
    this.#fail('BATON_SESSION_LOST', "attaching to the module's sessions did not come to an end", {})
  }

  #lost({ exitCode, signal }: WorkerExit): void {
    if (this.#done) return
    const own = exitCode !== undefined
    const how = own ? `the module ended its process with exit code ${exitCode}` : `its process was ended by ${signal}`
    const where = this.#running ? ` in '${this.#running.title.join(' › ')}'` : ''
    const hint = own
      ? 'look for process.exit() in the module'
      : 'it was killed from outside, or (SIGABRT) it ran out of memory'
    this.#fail(
      'BATON_WORKER_LOST',
      how + where,
      { hint },
      {
        workerEnd: { ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) },
      },
    )
  }

  #fail(code: ErrorCode, message: string, details: { hint?: string }, more: Partial<WorkerReport> = {}): void {
    const device = this.#job.roles.find(({ role }) => role === this.#holder)?.device.name
    const { name, hint } = new BatonError(code, message, details)
    const error: ErrorRecord = {
      name,
      message,
      code,
      ...(hint === undefined ? {} : { hint }),
      ...(device === undefined ? {} : { device }),
    }
    this.#end({ verdict: 'failed', counts: this.#counts, error, ...more })
  }

  #end(outcome: WorkerReport): void {
    this.#finish({ outcome, reusable: false, neverStarted: !this.#started })
  }

  #finish(end: ExecutionEnd): void {
    if (this.#finished) return
    this.#finished = true
    for (const lines of Object.values(this.#output)) lines.flush()
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.interrupt)
    this.#worker.listen(undefined)
    this.#resolve(end)
  }
}

/**
 * What a worker printed before it said that it is done, or before it ended, is in its pipes by then, and a pipe holds no
 * more than one reading takes; but this process may see the two in either order. The turn of the event loop that is under
 * way may have looked at the pipes before; the next one has not.
 */
async function outputRead(): Promise<void> {
  await nextTurn()
  await nextTurn()
}
