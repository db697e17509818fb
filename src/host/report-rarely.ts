import { BatonError } from '../error/baton-error.js'

/** Milliseconds until the same error is logged again: while Redis refuses something, each heartbeat fails. */
const sameErrorMs = 60_000

/** Logs errors that end nothing; the same one in a row once a minute. */
export function reportRarely(log: (line: string) => void): (error: unknown) => void {
  let last = ''
  let at = Number.NEGATIVE_INFINITY
  return error => {
    const line = error instanceof BatonError ? error.format() : String(error)
    if (line === last && performance.now() < at + sameErrorMs) return
    last = line
    at = performance.now()
    log(line)
  }
}
