/** Exit codes of a run that a signal stopped, as shells expect them: 128 + the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export type StopSignal = keyof typeof exitCodes

export function exitCodeForSignal(signal: StopSignal): number {
  return exitCodes[signal]
}

export interface SignalHandlers {
  /** The first signal: finish what must be finished, and report what is known. */
  onStop(signal: StopSignal): void
  /** The second one: leave at once. */
  onStopNow(signal: StopSignal): void
}

/** Calls the handlers on SIGINT, SIGTERM and SIGHUP (the terminal was closed), for as long as the process runs. */
export function onStopSignals(handlers: SignalHandlers): void {
  let received = false
  for (const signal of Object.keys(exitCodes) as StopSignal[]) {
    process.on(signal, () => {
      if (received) handlers.onStopNow(signal)
      else handlers.onStop(signal)
      received = true
    })
  }
}

/** After a second signal, taking the run out of a shared Redis may take this long. */
const leaveNowMs = 1_000

/** Ctrl-C, SIGTERM and SIGHUP: the first stops the run, the second leaves at once. */
export class StopRequest {
  received: StopSignal | undefined
  /** Takes the run out of the farm; the reaper ends what this process started. */
  leaveNow: () => Promise<void> = async () => {}
  print: (line: string) => void = line => void process.stderr.write(`\n${line}\n`)
  readonly #controller = new AbortController()

  constructor() {
    onStopSignals({
      onStop: signal => {
        this.received = signal
        this.print(`baton: stopping (${signal}); press Ctrl-C again to force quit`)
        this.#controller.abort(`the run was stopped by ${signal}`)
      },
      onStopNow: signal => {
        const leave = (): never => process.exit(exitCodeForSignal(signal))
        setTimeout(leave, leaveNowMs)
        void this.leaveNow().then(leave, leave)
      },
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }
}
