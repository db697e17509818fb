import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { signalGroup } from '../../process/process-group.js'
import { registerResource, unregisterResource } from '../../process/reaper.js'
import { workerPipes, type HostToWorker, type WorkerToHost } from '../../script/worker-messages.js'
import { WorkerChannel } from './worker-channel.js'

/** How a worker process ended. */
export interface WorkerExit {
  exitCode: number | undefined
  signal: string | undefined
}

export interface WorkerListener {
  message(message: WorkerToHost): void
  /** What reached the process's real output: of native code, of child processes, of Node itself. */
  output(stream: 'stdout' | 'stderr', text: string): void
  /** A pipe to it is closed, so it can't be used any more. If it has ended, `ended` reports that. */
  disconnected(): void
}

const mainFile = fileURLToPath(new URL('../../script/worker-main.js', import.meta.url))

/** One worker process. It leads a process group, so that what its modules start ends with it. */
export class WorkerProcess {
  readonly ended: Promise<WorkerExit>
  readonly #child: ChildProcess
  readonly #channel: WorkerChannel
  #listener: WorkerListener | undefined
  #ready = false
  /** The module that runs wrote to the pipe of the channel. One line about it is enough. */
  #wroteForeign = false

  /**
   * @param environment - the whole environment of the process; modules get their own
   * @param inspectPort - where a debugger can attach; absent: none
   */
  constructor(environment: Record<string, string>, inspectPort?: number) {
    const inspected = inspectPort !== undefined
    const options = [
      '--disable-warning=ExperimentalWarning',
      ...(inspected ? [`--inspect=127.0.0.1:${inspectPort}`] : []),
    ]
    this.#child = spawn(process.execPath, [...options, mainFile], {
      env: environment,
      // `browser.debug()` reads from the terminal, which only the terminal's own process group may do.
      detached: !inspected,
      stdio: [...(inspected ? terminal : captured), ...pipes],
    })
    this.#channel = this.#openChannel()
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

  /** False once a module has closed one of the pipes, or the process has ended. */
  get connected(): boolean {
    return this.#channel.isOpen
  }

  /** Sets who gets this process's messages and output from now on; undefined: nobody. */
  listen(listener: WorkerListener | undefined): void {
    this.#listener = listener
    this.#wroteForeign = false
  }

  send(message: HostToWorker): void {
    this.#channel.send(message)
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

  #openChannel(): WorkerChannel {
    return new WorkerChannel(this.#child.stdio, {
      message: message => {
        if (message.type === 'ready') this.#ready = true
        this.#listener?.message(message)
      },
      foreign: () => {
        if (!this.#wroteForeign) this.#listener?.output('stderr', foreignNotice)
        this.#wroteForeign = true
      },
      closed: () => {
        if (this.#listener) this.#listener.disconnected()
        else void this.kill()
      },
    })
  }

  async #watch(): Promise<WorkerExit> {
    const child = this.#child
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => this.#listener?.output(stream, text))
    }
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

const foreignNotice = `Baton ignored what the module wrote to file descriptor ${workerPipes.toHost}, a pipe of Baton\n`

const captured = ['ignore', 'pipe', 'pipe'] as const
// The host's standard output may be read by another program.
const terminal = ['inherit', 2, 2] as const
/** See `workerPipes`. */
const pipes = ['pipe', 'pipe', 'pipe'] as const
