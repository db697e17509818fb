import type Mocha from 'mocha'
import { isHook } from './mocha-internals.js'
import { currentModule } from './module-context.js'
import { callBody, type Body } from './wrap-runnables.js'

type Register = (...args: unknown[]) => unknown

/**
 * Adds the last argument of WebdriverIO's own runner: `it(title, fn, retries)`, `before(fn, retries)`, and so on. A function
 * that fails runs again at once, without hooks in between; `this.wdioRetries` counts these runs from 0.
 * @param context - of mocha's root suite, from which those of tests and hooks inherit
 */
export function addRetries(globals: Record<string, unknown>, context: Mocha.Context | undefined): void {
  if (context) context['wdioRetries'] = 0
  const names = ['it', 'specify', 'test', 'before', 'beforeEach', 'after', 'afterEach']
  for (const name of [...names, 'suiteSetup', 'setup', 'suiteTeardown', 'teardown']) {
    const original = globals[name] as Register | undefined
    if (original) globals[name] = Object.assign((...args: unknown[]) => original(...withRetries(args)), original)
  }
}

function withRetries(args: unknown[]): unknown[] {
  const limit = args.at(-1)
  const at = args.findIndex(argument => typeof argument === 'function')
  if (typeof limit !== 'number' || at < 0) return args
  return args.slice(0, -1).with(at, retrying(args[at] as Body, limit))
}

function retrying(body: Body, limit: number): Body {
  const retries = { attempts: 0, limit }
  const run = async function (this: Mocha.Context): Promise<unknown> {
    for (let attempts = 0; ; attempts++) {
      this['wdioRetries'] = attempts
      retries.attempts = attempts
      try {
        return await callBody(body, this)
      } catch (error) {
        const { timedOut, pending } = this.runnable() as unknown as { timedOut?: boolean; pending?: boolean }
        if (attempts >= limit || timedOut || pending) throw error
        if (!isHook(this.runnable())) currentModule()?.repeatsTest?.()
      } finally {
        // Tests and hooks of a suite share their context.
        this['wdioRetries'] = 0
      }
    }
  }
  // Without parameters: mocha would wait for `done`.
  const wrapped: Body = function () {
    return run.call(this)
  }
  Object.defineProperty(wrapped, 'name', { value: body.name })
  wrapped.toString = () => body.toString()
  wrapped.retries = retries
  return wrapped
}
