/** Exit codes of a run that was asked to stop, as shells expect them: 128 + the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

export type StopSignal = keyof typeof exitCodes

export function exitCodeForSignal(signal: StopSignal): number {
  return exitCodes[signal]
}

export interface SignalHandlers {
  /** The first signal: finish what must be finished, report what is known. */
  onStop(signal: StopSignal): void
  /** The second one: leave at once. */
  onStopNow(signal: StopSignal): void
}

/** Calls the handlers on SIGINT and SIGTERM, for as long as the process lives. */
export function onStopSignals(handlers: SignalHandlers): void {
  let asked = false
  for (const signal of Object.keys(exitCodes) as StopSignal[]) {
    process.on(signal, () => {
      if (asked) handlers.onStopNow(signal)
      else handlers.onStop(signal)
      asked = true
    })
  }
}
