import type { Iteration } from '../../../../src/explore/iteration.js'
import type { Schedule } from '../../../../src/explore/schedule.js'

export const schedule: Schedule = {
  version: 1,
  module: 'test/auction.ts',
  bundleHash: 'abc',
  seed: 17,
  strategy: 'random',
  test: ['auction', 'ends'],
  trace: ['alice>POST /bid', 'bob>POST /bid'],
  error: { message: 'expected 2 bids', signature: 'expected # bids at auction.ts:12' },
}

export function iterationOf(given: Partial<Iteration>): Iteration {
  return {
    purpose: 'explore',
    seed: 0,
    strategy: 'random',
    verdict: 'passed',
    hadBranches: true,
    order: `order ${given.seed ?? 0}`,
    operations: 20,
    decisions: 12,
    unbalanced: 0,
    slowServer: 0,
    durationMs: 500,
    timesMs: {},
    ...given,
  }
}

export function failureOf(given: Partial<Iteration> & { signature?: string }): Iteration {
  const { signature = schedule.error.signature, ...rest } = given
  const own = { ...schedule, seed: given.seed ?? 0, error: { ...schedule.error, signature } }
  return iterationOf({ verdict: 'failed', schedule: own, ...rest })
}
