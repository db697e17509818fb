import type Mocha from 'mocha'
import { isMochaTimeout } from './mocha-internals.js'
import { safeText } from './safe-text.js'
import { isWritable } from './written-value.js'
import { realDate } from './real-time.js'

/** How a test or hook ended, as WebdriverIO passes it to `afterTest` and `afterHook`. */
export interface DescribedResult {
  retries: { attempts: number; limit: number }
  error: Error | undefined
  result: unknown
  duration: number
  passed: boolean
  skipped: boolean
}

/** What runs around each test or hook. */
export interface Around {
  isHook: boolean
  before(args: unknown[]): Promise<void>
  after(args: unknown[]): Promise<void>
}

type Register = (...args: unknown[]) => unknown
export interface Body {
  (this: Mocha.Context, ...args: unknown[]): unknown
  /** How often it has run again, and how often it may. */
  retries?: DescribedResult['retries']
}

/**
 * Replaces functions of mocha's interface by ones that register the given function with something around it.
 * `it.only` and `it.skip` call the replaced ones.
 */
export function wrapRunnables(globals: Record<string, unknown>, names: readonly string[], around: Around): void {
  const wrapped = new Map<unknown, Register>()
  for (const name of names) {
    const original = globals[name] as Register | undefined
    if (!original) continue
    const known = around.isHook ? undefined : wrapped.get(original)
    const replacement = known ?? wrapRegister(original, name, around)
    wrapped.set(original, replacement)
    globals[name] = replacement
  }
}

function wrapRegister(original: Register, name: string, around: Around): Register {
  const register: Register = (...args) => {
    const at = args.findIndex(argument => typeof argument === 'function')
    const body = args[at]
    return typeof body === 'function'
      ? original(...args.with(at, wrapBody(body as Body, name, around)))
      : original(...args)
  }
  return Object.assign(register, original)
}

/** Wraps the function of a test or hook. The hook after it also runs after a timeout, before mocha is notified. */
function wrapBody(body: Body, name: string, around: Around): Body {
  const hookName = around.isHook ? [name] : []
  const run = async function (this: Mocha.Context): Promise<unknown> {
    const describe = (): unknown[] => [Object.assign({}, this.test, { parent: this.test?.parent?.title }), this]
    await around.before([...describe(), ...hookName])
    const [before] = describe()
    const started = realDate()
    const timeout = interceptTimeout(this.runnable())
    const running = Promise.resolve().then(() => callBody(body, this))
    const outcome = await Promise.race([settle(running), timeout.reached])
    timeout.restore()
    const result = { retries: body.retries ?? { attempts: 0, limit: 0 }, ...outcome, duration: realDate() - started }
    await around.after([before, this, result, ...hookName])
    if (!timeout.error) return running
    timeout.fail()
    // It is still running; mocha ignores what it does from now on.
    return running
  }
  const wrapped: Body = function () {
    return run.call(this)
  }
  // mocha makes titles of hooks from their names.
  Object.defineProperty(wrapped, 'name', { value: body.name })
  wrapped.toString = () => body.toString()
  return wrapped
}

/** Calls the function of a test or hook; if it has a parameter, waits for `done`. */
export async function callBody(body: Body, context: Mocha.Context): Promise<unknown> {
  if (body.length === 0) return body.call(context)
  return new Promise((resolve, reject) => {
    const done = (error?: unknown): void => (error === undefined || error === null ? resolve(undefined) : reject(error))
    body.call(context, done)
  })
}

type Outcome = Pick<DescribedResult, 'error' | 'result' | 'passed' | 'skipped'>

async function settle(running: Promise<unknown>): Promise<Outcome> {
  try {
    return { error: undefined, result: await running, passed: true, skipped: false }
  } catch (thrown) {
    const skipped = isSkip(thrown)
    return { error: skipped ? undefined : toError(thrown), result: undefined, passed: false, skipped }
  }
}

function isSkip(thrown: unknown): boolean {
  return thrown instanceof Error && /^(sync|async) skip; aborting execution$/.test(thrown.message)
}

function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(typeof thrown === 'string' ? thrown : `An unknown error occurred: ${toJson(thrown)}`)
}

/** As WebdriverIO writes it, unless that would throw or take too long. */
function toJson(value: unknown): string {
  try {
    return isWritable(value) ? JSON.stringify(value) : safeText(value)
  } catch {
    return safeText(value)
  }
}

interface InterceptedTimeout {
  error: Error | undefined
  reached: Promise<Outcome>
  restore(): void
  /** Notifies mocha of the timeout. */
  fail(): void
}

/** Postpones mocha's timeout of a test or hook until what follows it has run. */
function interceptTimeout(runnable: Mocha.Runnable): InterceptedTimeout {
  const internals = runnable as unknown as { callback: (error?: unknown) => void; timedOut: boolean }
  const { callback } = internals
  let resolve = (_outcome: Outcome): void => {}
  const reached = new Promise<Outcome>(settled => (resolve = settled))
  const timeout: InterceptedTimeout = {
    error: undefined,
    reached,
    restore: () => {
      internals.callback = callback
    },
    fail: () => {
      internals.timedOut = false
      callback(timeout.error)
      internals.timedOut = true
    },
  }
  internals.callback = error => {
    if (!isMochaTimeout(error)) return callback(error)
    timeout.error = error
    resolve({ error, result: undefined, passed: false, skipped: false })
  }
  return timeout
}
