import { BatonError, BatonErrors } from './baton-error.js'
import { codes, type ErrorClass } from './codes.js'

/** An error may be its own cause. */
const maxCauses = 5

/**
 * The text of the error that ended a command. A BatonError is printed without its stack; anything else is a bug in Baton
 * and is printed with it. Does not mask secrets.
 */
export function formatError(error: unknown): string {
  if (error instanceof BatonErrors) return error.errors.map(formatError).join('\n\n')
  if (!(error instanceof BatonError)) return pleaseReport(`BATON_INTERNAL: ${stackOf(error)}`)
  return error.code === 'BATON_INTERNAL' ? pleaseReport(`${error.format()}\n${stackOf(error)}`) : error.format()
}

function pleaseReport(text: string): string {
  return `${text}\nHINT: this is a bug in Baton: please report it with the text above.`
}

function stackOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error))
    return typeof error === 'string' ? error : `${String(error)} was thrown, which is not an Error`
  const own = error.stack ?? `${error.name}: ${error.message}`
  if (error.cause === undefined || depth === maxCauses) return own
  return `${own}\nCaused by: ${stackOf(error.cause, depth + 1)}`
}

const exitCodes: Record<ErrorClass, 1 | 2 | 3> = {
  ConfigError: 2,
  ScriptError: 1,
  DeviceLostError: 3,
  SessionError: 3,
  LeaseLostError: 3,
  InternalError: 3,
}

/** The exit code of a command that fails with an error of this class. */
export function exitCodeOfClass(errorClass: ErrorClass): 1 | 2 | 3 {
  return exitCodes[errorClass]
}

/** The exit code of a command that fails with `error`; for several errors, the highest. */
export function exitCodeFor(error: unknown): 1 | 2 | 3 {
  if (error instanceof BatonError) return exitCodeOfClass(codes[error.code].class)
  if (!(error instanceof BatonErrors)) return 3
  const all = error.errors.map(exitCodeFor)
  return all.includes(3) ? 3 : all.includes(2) ? 2 : 1
}
