import { setImmediate as nextTurn } from 'node:timers/promises'
import { BatonError, type BatonErrorDetails } from '../../error/baton-error.js'
import type { ErrorCode } from '../../error/codes.js'
import { errorRecordOf } from '../../event/error-record.js'
import type { ModuleEvent } from '../../event/run-event.js'
import { noTests } from '../../event/verdicts.js'
import { LineBuffer } from '../../process/line-buffer.js'
import type { RunModule, ShownPlace, TracePart, WorkerReport, WorkerToHost } from '../../script/worker-messages.js'
import type { WorkerExit, WorkerProcess } from './worker-process.js'

export interface WorkerAttemptOptions {
  /** Milliseconds from the module's first line until it is killed; not applied under `inspect`. */
  moduleTimeoutMs: number
  /** Milliseconds that attaching to the sessions may take, before the module's deadline starts; default 180,000. */
  attachTimeoutMs?: number
  onEvent(event: ModuleEvent & { at: number }): void
  /** Some of what the module did, if its job asks for a trace. */
  onTrace?(part: TracePart): void
  /** The module appends to a file that is not in its folder; absolute. */
  onAppend?(file: string): void
  /**
   * A test or hook has failed for good. The module resumes when this resolves; its deadline is paused until then.
   * Must not reject.
   */
  onFailing?(title: string[]): Promise<void>
  /** Aborted to stop the attempt: the worker is killed at once, and the report is `interrupted`. */
  signal?: AbortSignal
}

type PendingCall = Pick<Extract<WorkerToHost, { type: 'pending' }>, 'called' | 'at'>
type OutputStream = 'stdout' | 'stderr'

const defaultAttachTimeoutMs = 180_000
/** Milliseconds that a worker has to report what it waits for, and to send its trace. */
const locateDeadlineMs = 1_000
/** Milliseconds that a process without pipes may take to end. */
const exitDeadlineMs = 2_000

/** One attempt in one worker: sends the module to it, watches its deadline, and reports whatever happens. */
export class WorkerAttempt {
  readonly report: Promise<WorkerReport>
  readonly #worker: WorkerProcess
  readonly #job: RunModule
  readonly #options: WorkerAttemptOptions
  readonly #counts = noTests()
  /** Whole lines: half a line may hold half a secret, which nobody could mask. */
  readonly #output: Record<OutputStream, LineBuffer> = { stdout: this.#logTo('stdout'), stderr: this.#logTo('stderr') }
  #resolve: (report: WorkerReport) => void = () => {}
  #timer: NodeJS.Timeout | undefined
  #deadline: { at: number; pass: () => void } | undefined
  #started = false
  /** The worker has sent its report. */
  #reported = false
  #finished = false
  #reusable = false
  #running: string[] | undefined
  #runningAt: ShownPlace | undefined
  #located: ((pending: PendingCall) => void) | undefined
  /** Called when the whole trace has come, if the module is stopped after it. */
  #traced: (() => void) | undefined
  #activeRole: string | undefined

  constructor(worker: WorkerProcess, job: RunModule, options: WorkerAttemptOptions) {
    this.#worker = worker
    this.#job = job
    this.#options = options
    this.report = new Promise(resolve => {
      this.#resolve = resolve
    })
    worker.listen({
      message: message => this.#receive(message),
      output: (stream, text) => this.#output[stream].add(text),
      disconnected: () => this.#disconnected(),
    })
    void worker.ended.then(async exit => {
      await outputRead()
      this.#workerEnded(exit)
    })
    options.signal?.addEventListener('abort', this.interrupt)
    this.#setDeadline(options.attachTimeoutMs ?? defaultAttachTimeoutMs, () => this.#attachTimedOut())
    worker.send(job)
  }

  /** Once there is a report: the worker process may run another module. */
  get workerReusable(): boolean {
    return this.#reusable && this.#worker.connected
  }

  /** Stops the module at once. */
  readonly interrupt = (): void => this.#finish({ verdict: 'interrupted', ...this.#seen() })

  #receive(message: WorkerToHost): void {
    switch (message.type) {
      case 'ready':
        return
      case 'started':
        this.#started = true
        this.#setDeadline(this.#options.moduleTimeoutMs, () => this.#timedOut())
        return
      case 'running':
        this.#running = message.title
        this.#runningAt = message.at
        this.#activeRole = message.role
        return
      case 'pending':
        this.#located?.(message)
        return
      case 'failing':
        void this.#onFailing(message.title)
        return
      case 'trace':
        this.#options.onTrace?.(message)
        if (message.last) this.#traced?.()
        return
      case 'append':
        this.#options.onAppend?.(message.file)
        return
      case 'event':
        this.#event(message.event)
        return
      case 'done':
        clearTimeout(this.#timer)
        this.#reported = true
        void outputRead().then(() => this.#finish(message.report, message.retire === undefined))
        return
    }
  }

  #logTo(stream: OutputStream): LineBuffer {
    return new LineBuffer(text => this.#event({ type: 'log', stream, text, at: Date.now() }))
  }

  async #onFailing(title: string[]): Promise<void> {
    if (!this.#worker.connected) return
    const deadline = this.#deadline
    const leftMs = (deadline?.at ?? 0) - Date.now()
    clearTimeout(this.#timer)
    await this.#options.onFailing?.(title)
    if (this.#finished || !this.#worker.connected) return
    if (deadline) this.#setDeadline(leftMs, deadline.pass)
    this.#worker.send({ type: 'resume' })
  }

  #event(event: ModuleEvent & { at: number }): void {
    if (event.type === 'baton:pass') this.#activeRole = event.role
    if (event.type === 'test:end' && event.kind === 'test' && !event.willRetry) this.#counts[event.state]++
    this.#options.onEvent(event)
  }

  /** A worker that still warms up uses up none of the module's deadline: its `started` comes after. */
  #setDeadline(timeoutMs: number, pass: () => void): void {
    if (!this.#worker.connected) return
    clearTimeout(this.#timer)
    if (this.#job.inspect) return
    this.#deadline = { at: Date.now() + timeoutMs, pass }
    this.#timer = setTimeout(pass, timeoutMs)
  }

  /** First asks the worker what it waits for, and for its trace. A module that blocks its process can't answer. */
  #timedOut(): void {
    let known: PendingCall = {}
    const fail = (): void => {
      clearTimeout(deadline)
      this.#located = undefined
      this.#traced = undefined
      this.#failTimeout(known)
    }
    // If this process was busy, the answer may be there, but not read yet.
    const deadline = setTimeout(() => void outputRead().then(fail), locateDeadlineMs)
    this.#timer = deadline
    this.#located = pending => {
      known = pending
      if (this.#job.trace) this.#traced = fail
      else fail()
    }
    this.#worker.send({ type: 'locate' })
  }

  #failTimeout({ called, at = this.#runningAt }: PendingCall): void {
    const where = this.#running ? `in '${this.#running.join(' › ')}'` : 'while it was loaded'
    const active = this.#activeRole === undefined ? '' : `, '${this.#activeRole}' was active`
    const pending =
      called === undefined ? '' : `; it was waiting for ${called}${at?.place === undefined ? '' : ` (${at.place})`}`
    this.#fail(
      'BATON_MODULE_TIMEOUT',
      `the module was stopped after ${this.#options.moduleTimeoutMs} ms ${where}${active}${pending}`,
      { hint: 'look for what never ends there, or give it more time with --module-timeout' },
      { at },
    )
  }

  #attachTimedOut(): void {
    this.#fail('BATON_SESSION_LOST', "attaching to the module's sessions timed out")
  }

  #workerEnded({ exitCode, signal }: WorkerExit): void {
    if (this.#reported) return
    const where = this.#running ? ` in '${this.#running.join(' › ')}'` : ''
    if (exitCode !== undefined) {
      const hint = 'look for process.exit() in the module'
      const message = `the module ended its process with exit code ${exitCode}${where}`
      this.#fail('BATON_WORKER_LOST', message, { hint }, { workerEnd: { exitCode }, at: this.#runningAt })
    } else {
      const hint = 'it was killed from outside, or (SIGABRT) it ran out of memory'
      const how = signal === undefined ? 'could not be started' : `was ended by ${signal}`
      const message = `the module's process ${how}${where}`
      this.#fail(
        'BATON_WORKER_LOST',
        message,
        { hint },
        { workerEnd: signal === undefined ? {} : { signal }, at: this.#runningAt },
      )
    }
  }

  /** If the process does not end at once, it is not the end of the process that closed the pipe. */
  #disconnected(): void {
    if (this.#reported || this.#finished) return
    clearTimeout(this.#timer)
    const where = this.#running ? ` in '${this.#running.join(' › ')}'` : ''
    const message = `the module closed a pipe between its process and the host${where}`
    const hint = 'let it close only file descriptors that it has opened'
    this.#timer = setTimeout(
      () => this.#fail('BATON_WORKER_LOST', message, { hint }, { workerEnd: {}, at: this.#runningAt }),
      exitDeadlineMs,
    )
  }

  #fail(
    code: ErrorCode,
    message: string,
    details: BatonErrorDetails = {},
    { workerEnd, at }: { workerEnd?: WorkerReport['workerEnd']; at?: ShownPlace | undefined } = {},
  ): void {
    const device = this.#job.roles.find(({ role }) => role === this.#activeRole)?.device.name
    const error = errorRecordOf(new BatonError(code, message, { ...details, ...(device !== undefined && { device }) }))
    this.#finish({ verdict: 'failed', ...this.#seen(), error: { ...error, ...at }, ...(workerEnd && { workerEnd }) })
  }

  #seen(): Pick<WorkerReport, 'started' | 'counts'> {
    return { started: this.#started, counts: this.#counts }
  }

  #finish(report: WorkerReport, reusable = false): void {
    if (this.#finished) return
    this.#finished = true
    for (const lines of Object.values(this.#output)) lines.flush()
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.interrupt)
    this.#worker.listen(undefined)
    this.#reusable = reusable
    this.#resolve(report)
  }
}

/**
 * What a worker printed before it sent its report, or before it ended, is in its pipes by then, and a pipe holds no more than
 * one read takes; but this process may see the two in either order. The current turn of the event loop may have polled the
 * pipes before; the next one has not.
 */
async function outputRead(): Promise<void> {
  await nextTurn()
  await nextTurn()
}
