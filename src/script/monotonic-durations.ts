import Mocha from 'mocha'
import { realNow } from './real-time.js'

type Run = (this: object, done: unknown) => void

const startedAt = new WeakMap<object, number>()
const durations = new WeakMap<object, number>()

/**
 * Measures tests and hooks by the monotonic clock. mocha uses the wall clock, and fails a test that has passed if that clock
 * was set forwards meanwhile by more than the timeout, e.g. when a suspended machine woke up.
 */
export function measureMonotonically(): void {
  const prototype = Mocha.Runnable.prototype as { run: Run }
  const run = prototype.run
  prototype.run = function (done) {
    startedAt.set(this, realNow())
    run.call(this, done)
  }
  Object.defineProperty(prototype, 'duration', {
    configurable: true,
    get(this: object) {
      return durations.get(this)
    },
    set(this: object) {
      durations.set(this, Math.round(realNow() - (startedAt.get(this) ?? realNow())))
    },
  })
}
