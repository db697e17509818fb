import { browser, driver } from '@wdio/globals'
import { expect, matchers } from 'expect-webdriverio'
import type { BatonError } from '../error/baton-error.js'
import { activeRole } from './active-device.js'
import { calledHere, waitHere } from './gate.js'
import { branch, type Browser } from './module-context.js'
import { inMatcher, isRefusal, outsideOfMatcher, refuse } from './refusal.js'

/**
 * WebdriverIO's waits take every error for a "not yet" and try again until their timeout. All of them but those of
 * `expect` poll through `waitUntil`, so that is where a branch that was stopped, or whose test is over, gets out at once.
 */
export function makeWaitsStoppable(client: Browser): void {
  client.overwriteCommand('waitUntil', waitUnlessRefused as never)
  client.overwriteCommand('waitUntil', waitUnlessRefused as never, true)
}

/** The matchers of `expect` poll by means of their own; once for the whole process. */
export function makeMatchersStoppable(): void {
  // Those of snapshots don't poll, and read the stack.
  const polling = [...matchers].filter(([name]) => !name.endsWith('Snapshot'))
  expect.extend(
    Object.fromEntries(polling.map(([name, matcher]) => [name, matchUnlessRefused(name, matcher as Matcher)])),
  )
}

type WaitUntil = (condition: unknown, ...options: unknown[]) => Promise<unknown>

async function waitUnlessRefused(waitUntil: WaitUntil, condition: unknown, ...options: unknown[]): Promise<unknown> {
  if (typeof condition !== 'function') return await waitUntil(condition, ...options)
  let refusal: BatonError | undefined
  const inWait = waitHere()
  const value = await waitUntil(
    async function (this: unknown) {
      try {
        return await outsideOfMatcher<unknown>(() => inWait<unknown>(() => Reflect.apply(condition, this, [])))
      } catch (error) {
        if (!isRefusal(error)) throw error
        refusal = error
        // Only a result ends the polling.
        return true
      }
    },
    ...options,
  )
  return refusal ? await refuse(refusal) : value
}

type MatcherResult = { pass: boolean; message: () => string }
type Matcher = (this: unknown, received: unknown, ...expected: unknown[]) => Promise<MatcherResult>

function matchUnlessRefused(name: string, match: Matcher): Matcher {
  return async function (received, ...expected) {
    if (!branch.getStore()) return await match.call(this, received, ...expected)
    return await calledHere(name, async () => {
      // Whatever stands for the active device would refuse the matcher by itself, again and again.
      const subject = isActiveBrowser(received) ? activeRole('browser').browser : received
      // An element that is still looked up would do so as well.
      if (isThenable(subject)) await subject.then(undefined, throwIfRefused)
      return await inMatcher(() => match.call(this, subject, ...expected))
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

function throwIfRefused(error: unknown): void {
  if (isRefusal(error)) throw error
}
