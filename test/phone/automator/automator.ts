import type { AdbStream } from '../adbd/adb-stream.js'
import type { Phone } from '../phone.js'
import { AutomatorHttp } from './http.js'
import { Session } from './session.js'

/** The port of the phone that the UiAutomator2 server listens on. */
const serverPort = 6790
const processName = 'io.appium.uiautomator2.server'

/** How a run of the server ended. */
export type RunOutcome = 'finished' | 'crashed'

interface Run {
  pid: number
  end: (outcome: RunOutcome) => void
}

/** The UiAutomator2 server as an instrumentation of the phone: it serves a port while it runs. */
export class Automator {
  readonly #phone: Phone
  #run: Run | undefined

  constructor(phone: Phone) {
    this.#phone = phone
  }

  get isRunning(): boolean {
    return this.#run !== undefined
  }

  /** Starts it and ends a previous run. Resolves with the outcome when it ends. */
  async run(): Promise<RunOutcome> {
    this.crash()
    const session = new Session(this.#phone, () => this.#end('finished'))
    const http = new AutomatorHttp(this.#phone, session)
    const streams = new Set<AdbStream>()
    return new Promise(resolve => {
      const stopListening = this.#phone.network.listen(serverPort, stream => {
        streams.add(stream)
        stream.once('close', () => streams.delete(stream))
        http.serve(stream)
      })
      const pid = this.#phone.processes.start(processName, undefined, () => this.#end('crashed'))
      const end = (outcome: RunOutcome): void => {
        stopListening()
        for (const stream of streams) stream.destroy()
        resolve(outcome)
      }
      this.#run = { pid, end }
      this.#phone.logcat.write({ pid, tag: 'appium', message: `AndroidServer started on port ${serverPort}` })
    })
  }

  /** Crashes it: connections break, the process is gone. */
  crash(): void {
    this.#end('crashed')
  }

  #end(outcome: RunOutcome): void {
    const run = this.#run
    if (!run) return
    this.#run = undefined
    this.#phone.processes.end(run.pid)
    run.end(outcome)
  }
}
