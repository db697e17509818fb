import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { signalGroup } from '../../process/process-group.js'
import { registerResource, unregisterResource } from '../../process/reaper.js'
import { lifelineFd } from '../../script/exit-with-parent.js'
import type { HostToWorker, WorkerToHost } from '../../script/worker-messages.js'

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

/** One worker process, leader of a process group of its own so that what its modules start ends with it. */
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
      // `browser.debug()` talks to whoever sits at the terminal, which only its own process group may read.
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

  /** Who hears of this process from now on; nobody where none is given. */
  listen(listener: WorkerListener | undefined): void {
    this.#listener = listener
  }

  send(message: HostToWorker): void {
    // An error here means that the process is gone; `end` tells.
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
    child.on('message', (message: WorkerToHost) => {
      if (message.type === 'ready') this.#ready = true
      this.#listener?.message(message)
    })
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => this.#listener?.output(stream, text))
    }
    // The parent's end of the lifeline: it says nothing, and breaks when the worker ends.
    child.stdio[lifelineFd]?.on('error', () => {})
    const { exitCode, signal } = await new Promise<WorkerExit>(resolve => {
      child.once('exit', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }))
      // What can't be started says no more than this.
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
// The host's standard output is for those who read it: a run, for one.
const terminal = ['inherit', 2, 2] as const
