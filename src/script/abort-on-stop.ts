import { browser, driver } from '@wdio/globals'
import { expect, matchers } from 'expect-webdriverio'
import type { BatonError } from '../error/baton-error.js'
import { activeRole } from './active-device.js'
import { recordWait, recordWaitUntil } from './call-sites.js'
import { captureCallerStack } from './caller-stack.js'
import { scopeStorage, type Browser } from './module-context.js'
import { runMatcher, isStopError, runOutsideMatcher, throwStopError } from './stop-error.js'

/**
 * Makes WebdriverIO's waits end at once if their branch is stopped or their test is over. They take every error for "not
 * yet" and retry until their timeout. All of them except the matchers of `expect` poll through `waitUntil`.
 * @param commands - WebdriverIO's own commands of a browser
 * @returns the commands that replace some of them
 */
export function abortableWaitUntil({ waitUntil: descriptor }: PropertyDescriptorMap): PropertyDescriptorMap {
  if (!descriptor) return {}
  const waitUntil = descriptor.value as WaitUntil
  return {
    waitUntil: {
      ...descriptor,
      value(this: unknown, condition: unknown, ...options: unknown[]) {
        return waitUntilStopped(waitUntil.bind(this), condition, ...options)
      },
    },
  }
}

/** Does the same for `waitUntil` of elements. */
export function abortElementWaitsOnStop(client: Browser): void {
  client.overwriteCommand('waitUntil', waitUntilStopped as never, true)
}

/** Does the same for the matchers of `expect`, which poll by themselves; once for the whole process. */
export function abortMatchersOnStop(): void {
  // Snapshot matchers don't poll, and they read the stack.
  const polling = [...matchers].filter(([name]) => !name.endsWith('Snapshot'))
  expect.extend(
    Object.fromEntries(polling.map(([name, matcher]) => [name, matchUntilStopped(name, matcher as Matcher)])),
  )
}

type WaitUntil = (condition: unknown, ...options: unknown[]) => Promise<unknown>

async function waitUntilStopped(waitUntil: WaitUntil, condition: unknown, ...options: unknown[]): Promise<unknown> {
  if (typeof condition !== 'function') return await waitUntil(condition, ...options)
  let stopError: BatonError | undefined
  const wait = recordWaitUntil()
  const addCallerStack = captureCallerStack()
  const checkUnlessStopped = async function (this: unknown): Promise<unknown> {
    try {
      return await runOutsideMatcher<unknown>(() => wait.run<unknown>(() => Reflect.apply(condition, this, [])))
    } catch (error) {
      if (!isStopError(error)) throw error
      stopError = error
      // Only a result ends the polling.
      return true
    }
  }
  try {
    const value = await waitUntil(checkUnlessStopped, ...options)
    return stopError ? await throwStopError(stopError) : value
  } catch (error) {
    addCallerStack(error)
    throw error
  } finally {
    wait.end()
  }
}

type MatcherResult = { pass: boolean; message: () => string }
type Matcher = (this: unknown, received: unknown, ...expected: unknown[]) => Promise<MatcherResult>

function matchUntilStopped(name: string, match: Matcher): Matcher {
  return async function (received, ...expected) {
    if (!scopeStorage.getStore()) return await match.call(this, received, ...expected)
    return await recordWait(name, async () => {
      // The global `browser` would throw the stop error inside the matcher, which would retry.
      const subject = isActiveBrowser(received) ? activeRole('browser').browser : received
      // So would an element whose lookup is pending.
      if (isThenable(subject)) await subject.then(undefined, throwIfStopError)
      return await runMatcher(() => match.call(this, subject, ...expected))
    })
  }
}

/** Whether it is the imported `browser` or `driver`, or the global of the same name. */
function isActiveBrowser(received: unknown): boolean {
  return [browser, driver, Reflect.get(globalThis, 'browser'), Reflect.get(globalThis, 'driver')].includes(received)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function throwIfStopError(error: unknown): void {
  if (isStopError(error)) throw error
}
