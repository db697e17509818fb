import { BatonError, BatonErrors } from './baton-error.js'
import { codes } from './codes.js'

/** The text for people: what is Baton's own fault comes with its stack. */
export function formatError(error: unknown): string {
  if (error instanceof BatonError) return error.format()
  if (error instanceof BatonErrors) return error.message
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `BATON_INTERNAL: a fault of Baton itself; please report it with these lines:\n${text}`
}

/** 2: usage or configuration, which its user can mend; 3: infrastructure, or Baton itself. */
export function exitCodeFor(error: unknown): 2 | 3 {
  const errors = error instanceof BatonErrors ? error.errors : [error]
  const mendable = errors.some(one => one instanceof BatonError && codes[one.code].class === 'ConfigError')
  return mendable ? 2 : 3
}
