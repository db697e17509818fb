import type { Iteration } from '../../../../src/explore/iteration.js'
import { iterationWith, scheduleWith } from '../../explore/iterations.js'

export const schedule = scheduleWith({
  module: 'test/auction.ts',
  seed: 17,
  trace: ['alice>POST /bid', 'bob>POST /bid'],
  error: { message: 'expected 2 bids', signature: 'expected # bids at auction.ts:12' },
})

export function iterationOf(given: Partial<Iteration>): Iteration {
  return iterationWith({ order: `order ${given.seed ?? 0}`, ...given })
}

export function failureOf(given: Partial<Iteration> & { signature?: string }): Iteration {
  const { signature = schedule.error.signature, ...rest } = given
  const own = { ...schedule, seed: given.seed ?? 0, error: { ...schedule.error, signature } }
  return iterationOf({ verdict: 'failed', schedule: own, ...rest })
}
