import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { signalGroup } from '../../process/process-group.js'
import { registerResource, unregisterResource } from '../../process/reaper.js'
import { lifelineFd } from '../../script/exit-with-parent.js'
import type { HostToWorker, WorkerToHost } from '../../script/worker-messages.js'
import { parseWorkerMessage } from '../../script/worker-message-schema.js'

/** How a worker process ended. */
export interface WorkerExit {
  exitCode: number | undefined
  signal: string | undefined
}

export interface WorkerListener {
  message(message: WorkerToHost): void
  /** What reached the process's real output: of native code, of child processes, of Node itself. */
  output(stream: 'stdout' | 'stderr', text: string): void
}

const mainFile = fileURLToPath(new URL('../../script/worker-main.js', import.meta.url))

/** One worker process. It leads a process group, so that what its modules start ends with it. */
export class WorkerProcess {
  readonly ended: Promise<WorkerExit>
  readonly #child: ChildProcess
  #listener: WorkerListener | undefined
  #ready = false

  /**
   * @param environment - the whole environment of the process; modules get their own
   * @param inspectPort - where a debugger can attach; absent: none
   */
  constructor(environment: Record<string, string>, inspectPort?: number) {
    const inspected = inspectPort !== undefined
    this.#child = fork(mainFile, [], {
      env: environment,
      execArgv: ['--disable-warning=ExperimentalWarning', ...(inspected ? [`--inspect=127.0.0.1:${inspectPort}`] : [])],
      // `browser.debug()` reads from the terminal, which only the terminal's own process group may do.
      detached: !inspected,
      stdio: [...(inspected ? terminal : captured), 'ipc', 'pipe'],
    })
    const { pid } = this.#child
    // It watches its lifeline itself, but only once it has loaded, and a busy machine takes seconds for that.
    if (pid !== undefined && !inspected) registerResource({ kind: 'group', pgid: pid })
    this.ended = this.#watch()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** It has loaded mocha and WebdriverIO. */
  get ready(): boolean {
    return this.#ready
  }

  /** Sets who gets this process's messages and output from now on; undefined: nobody. */
  listen(listener: WorkerListener | undefined): void {
    this.#listener = listener
  }

  send(message: HostToWorker): void {
    // An error here means that the process is gone, which `ended` reports.
    this.#child.send(message, () => {})
  }

  /** Ends the process and what it started, at once. */
  async kill(): Promise<void> {
    const { pid } = this.#child
    if (pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      signalGroup(pid, 'SIGKILL')
      // Under --inspect it does not lead a group.
      this.#child.kill('SIGKILL')
    }
    await this.ended
  }

  async #watch(): Promise<WorkerExit> {
    const child = this.#child
    child.on('message', (received: unknown) => {
      const message = parseWorkerMessage(received)
      if (message?.type === 'ready') this.#ready = true
      if (message) this.#listener?.message(message)
      else this.#listener?.output('stderr', 'Baton ignored a message of this module that no worker sends\n')
    })
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => this.#listener?.output(stream, text))
    }
    // The parent's end of the lifeline: nothing is sent, and it breaks when the worker ends.
    child.stdio[lifelineFd]?.on('error', () => {})
    const { exitCode, signal } = await new Promise<WorkerExit>(resolve => {
      child.once('exit', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }))
      // A process that can't be started emits nothing else.
      child.on('error', () => {
        if (child.pid === undefined) resolve({ exitCode: undefined, signal: undefined })
      })
    })
    if (child.pid !== undefined) {
      // What the worker left behind in its group ends too.
      signalGroup(child.pid, 'SIGKILL')
      unregisterResource({ kind: 'group', pgid: child.pid })
    }
    return { exitCode, signal }
  }
}

const captured = ['ignore', 'pipe', 'pipe'] as const
// The host's standard output may be read by another program.
const terminal = ['inherit', 2, 2] as const
