import { AsyncLocalStorage } from 'node:async_hooks'
import { BatonError } from '../error/baton-error.js'

/** Says that a branch must not go on: it was stopped, or its test is over. */
export function isStopError(error: unknown): error is BatonError {
  return error instanceof BatonError && (error.code === 'BATON_BRANCH_STOPPED' || error.code === 'BATON_TEST_OVER')
}

/** Ends a matcher that polls, by what refuses it. */
type AbortMatcher = (refusal: BatonError) => void

const matcher = new AsyncLocalStorage<AbortMatcher | undefined>()

/** Runs a matcher of `expect`; a refusal of what it sends ends it at once. */
export function runMatcher<T>(run: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    matcher.run(reject, run).then(resolve, reject)
  })
}

/** For what must see a refusal itself. */
export function runOutsideMatcher<T>(run: () => T): T {
  return matcher.run(undefined, run)
}

/**
 * Refuses whoever awaits this. A matcher takes every error for a "not yet" and would try again until its timeout: it is
 * ended, and what it awaits never comes, so that nothing of it stays behind.
 */
export async function throwStopError(refusal: BatonError): Promise<never> {
  const end = matcher.getStore()
  if (!end) throw refusal
  end(refusal)
  return await new Promise<never>(() => {})
}
