import assert from 'node:assert/strict'
import { backoffMs } from '../../../src/process/backoff.js'

describe('backoffMs', () => {
  it('is 0 without a failure, doubles with each one, and is bounded', () => {
    const pauses = [-1, 0, 1, 2, 3, 6, 5_000].map(failures => backoffMs(failures, { firstMs: 500, maxMs: 10_000 }))
    assert.deepEqual(pauses, [0, 0, 500, 1_000, 2_000, 10_000, 10_000])
  })
})
