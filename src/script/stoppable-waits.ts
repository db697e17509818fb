import { BatonError } from '../error/baton-error.js'
import type { Browser } from './module-context.js'

/**
 * WebdriverIO's waits take every error for a "not yet" and try again until their timeout. All of them but those of
 * `expect` poll through `waitUntil`, so that is where a branch that was stopped, or whose test is over, gets out at once.
 */
export function makeWaitsStoppable(browser: Browser): void {
  browser.overwriteCommand('waitUntil', waitUnlessRefused as never)
  browser.overwriteCommand('waitUntil', waitUnlessRefused as never, true)
}

type WaitUntil = (condition: unknown, ...options: unknown[]) => Promise<unknown>

async function waitUnlessRefused(waitUntil: WaitUntil, condition: unknown, ...options: unknown[]): Promise<unknown> {
  if (typeof condition !== 'function') return await waitUntil(condition, ...options)
  let refusal: BatonError | undefined
  const value = await waitUntil(
    async function (this: unknown) {
      try {
        return (await Reflect.apply(condition, this, [])) as unknown
      } catch (error) {
        if (!isRefusal(error)) throw error
        refusal = error
        // Only a result ends the polling.
        return true
      }
    },
    ...options,
  )
  if (refusal) throw refusal
  return value
}

function isRefusal(error: unknown): error is BatonError {
  return error instanceof BatonError && (error.code === 'BATON_BRANCH_STOPPED' || error.code === 'BATON_TEST_OVER')
}
