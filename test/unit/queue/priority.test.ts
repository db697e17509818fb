import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { jobIdOf, moduleOfJobId } from '../../../src/queue/module-job.js'
import { priorityOf } from '../../../src/queue/priority.js'

describe('priorities', () => {
  it('are valid for BullMQ, and a longer module never comes later', () => {
    const durations = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        const [longer, shorter] = [priorityOf(Math.max(a, b)), priorityOf(Math.min(a, b))]
        assert.ok(Number.isInteger(longer) && longer >= 1 && shorter <= 2_097_151)
        assert.ok(longer <= shorter)
      }),
    )
  })

  it('put unknown durations first, and distinguish one second from two', () => {
    assert.ok(priorityOf(undefined) < priorityOf(3_600_000))
    assert.ok(priorityOf(2000) < priorityOf(1000))
  })
})

describe('job ids', () => {
  it('are valid for BullMQ, and contain the module', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), module => {
        const id = jobIdOf(module)
        assert.ok(!id.includes(':') && Number.isNaN(Number(id)))
        assert.equal(moduleOfJobId(id), module)
      }),
    )
  })
})
