import type { Operation } from '../operation.js'

/** The first of the operations that can happen: the next one in natural order. */
export function firstOf(enabled: readonly Operation[]): Operation {
  const [first] = enabled
  if (!first) throw new Error('expected an operation that can happen, found none')
  return first
}

/** The operation with the highest priority; the first of several. */
export function highest(enabled: readonly Operation[], priority: (operation: Operation) => number): Operation {
  return enabled.reduce((best, each) => (priority(each) > priority(best) ? each : best), firstOf(enabled))
}
