import { browser, driver } from '@wdio/globals'
import { expect, matchers } from 'expect-webdriverio'
import type { BatonError } from '../error/baton-error.js'
import { activeRole } from './active-device.js'
import { recordCallSite, captureCallSite } from './command-interceptor.js'
import { scopeStorage, type Browser } from './module-context.js'
import { runMatcher, isStopError, runOutsideMatcher, throwStopError } from './stop-error.js'

/**
 * WebdriverIO's waits take every error for a "not yet" and try again until their timeout. All of them but those of
 * `expect` poll through `waitUntil`, so that is where a branch that was stopped, or whose test is over, gets out at once.
 */
export function abortWaitsOnStop(client: Browser): void {
  client.overwriteCommand('waitUntil', waitUntilStopped as never)
  client.overwriteCommand('waitUntil', waitUntilStopped as never, true)
}

/** The matchers of `expect` poll by means of their own; once for the whole process. */
export function abortMatchersOnStop(): void {
  // Those of snapshots don't poll, and read the stack.
  const polling = [...matchers].filter(([name]) => !name.endsWith('Snapshot'))
  expect.extend(
    Object.fromEntries(polling.map(([name, matcher]) => [name, matchUntilStopped(name, matcher as Matcher)])),
  )
}

type WaitUntil = (condition: unknown, ...options: unknown[]) => Promise<unknown>

async function waitUntilStopped(waitUntil: WaitUntil, condition: unknown, ...options: unknown[]): Promise<unknown> {
  if (typeof condition !== 'function') return await waitUntil(condition, ...options)
  let refusal: BatonError | undefined
  const inWait = captureCallSite()
  const value = await waitUntil(
    async function (this: unknown) {
      try {
        return await runOutsideMatcher<unknown>(() => inWait<unknown>(() => Reflect.apply(condition, this, [])))
      } catch (error) {
        if (!isStopError(error)) throw error
        refusal = error
        // Only a result ends the polling.
        return true
      }
    },
    ...options,
  )
  return refusal ? await throwStopError(refusal) : value
}

type MatcherResult = { pass: boolean; message: () => string }
type Matcher = (this: unknown, received: unknown, ...expected: unknown[]) => Promise<MatcherResult>

function matchUntilStopped(name: string, match: Matcher): Matcher {
  return async function (received, ...expected) {
    if (!scopeStorage.getStore()) return await match.call(this, received, ...expected)
    return await recordCallSite(name, async () => {
      // Whatever stands for the active device would refuse the matcher by itself, again and again.
      const subject = isActiveBrowser(received) ? activeRole('browser').browser : received
      // An element that is still looked up would do so as well.
      if (isThenable(subject)) await subject.then(undefined, throwIfStopError)
      return await runMatcher(() => match.call(this, subject, ...expected))
    })
  }
}

/** What is imported, and the globals of the same names. */
function isActiveBrowser(received: unknown): boolean {
  return [browser, driver, Reflect.get(globalThis, 'browser'), Reflect.get(globalThis, 'driver')].includes(received)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function throwIfStopError(error: unknown): void {
  if (isStopError(error)) throw error
}
