import assert from 'node:assert/strict'
import { formatReplay } from '../../../src/report/format-replay.js'
import { failureOf, iterationOf, schedule } from '../run/explore/iterations.js'

const { signature } = schedule.error
const replay = { purpose: 'replay' } as const
const diverged = { step: 2, expected: 'bob>POST /bid', found: 'alice>POST /bid' }

describe('the result of a replay', () => {
  it('is how often the failure came again', () => {
    const failures = [failureOf({ ...replay, diverged }), failureOf(replay), iterationOf(replay)]
    assert.deepEqual(formatReplay(failures, signature), ['reproduced 2 of 3', ''])
  })

  it('is where the order differs from the schedule, if that kept it from failing', () => {
    const late = { step: 4, expected: 'bob:elementClick #send' }
    assert.deepEqual(formatReplay([iterationOf({ ...replay, diverged })], signature), [
      'reproduced 0 of 1',
      'diverged at step 3 (expected bob>POST /bid, found alice>POST /bid)',
      '',
    ])
    const [, line] = formatReplay([iterationOf({ ...replay, diverged: late }), failureOf(replay)], signature)
    assert.equal(line, 'diverged at step 5 (expected bob:elementClick #send, found nothing) in 1 of 2')
  })

  it('is that it is fixed, if all passed in the same order', () => {
    assert.deepEqual(formatReplay([iterationOf(replay), iterationOf(replay)], signature), [
      'fixed: passed 2 times in the order of the schedule',
      '',
    ])
  })

  it('does not take another failure for the same', () => {
    const lines = formatReplay([failureOf({ ...replay, signature: 'another' })], signature)
    assert.deepEqual(lines.slice(0, 2), ['reproduced 0 of 1', 'failed differently 1 time: expected 2 bids'])
  })
})
