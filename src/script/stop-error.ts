import { AsyncLocalStorage } from 'node:async_hooks'
import { BatonError } from '../error/baton-error.js'

/** Whether an error means that code must stop: its branch was stopped, or its test is over. */
export function isStopError(error: unknown): error is BatonError {
  return error instanceof BatonError && (error.code === 'BATON_BRANCH_STOPPED' || error.code === 'BATON_TEST_OVER')
}

/** Ends a polling matcher with an error. */
type AbortMatcher = (error: BatonError) => void

const matcher = new AsyncLocalStorage<AbortMatcher | undefined>()

/** Runs a matcher of `expect`; a stop error of a command that it sends ends it at once. */
export function runMatcher<T>(run: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    matcher.run(reject, run).then(resolve, reject)
  })
}

/** Runs code inside a matcher that handles stop errors itself. */
export function runOutsideMatcher<T>(run: () => T): T {
  return matcher.run(undefined, run)
}

/**
 * Throws a stop error. A matcher would take it for "not yet" and retry until its timeout, so a surrounding matcher is ended
 * instead, and what it awaits never settles.
 */
export async function throwStopError(error: BatonError): Promise<never> {
  const end = matcher.getStore()
  if (!end) throw error
  end(error)
  return await new Promise<never>(() => {})
}
