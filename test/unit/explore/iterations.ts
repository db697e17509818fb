import type { Iteration } from '../../../src/explore/iteration.js'
import type { Schedule } from '../../../src/explore/schedule.js'

export function scheduleWith(parts: Partial<Schedule> = {}): Schedule {
  return {
    version: 1,
    module: 'chat.ts',
    bundleHash: 'abc',
    seed: 4,
    strategy: 'random',
    test: ['chat', 'is read'],
    trace: [],
    error: { message: "expected 'read', found 'sent'", signature: 's1' },
    ...parts,
  }
}

export function iterationWith(parts: Partial<Iteration> = {}): Iteration {
  return {
    purpose: 'explore',
    seed: 0,
    strategy: 'random',
    verdict: 'passed',
    hadBranches: true,
    order: 'o',
    operations: 10,
    decisions: 5,
    unbalanced: 0,
    slowServer: 0,
    durationMs: 100,
    timesMs: {},
    ...parts,
  }
}
