import assert from 'node:assert/strict'
import { summariseIterations } from '../../../src/explore/explore-summary.js'
import { formatExploreSummary } from '../../../src/report/format-explore-summary.js'
import { iterationWith } from './iterations.js'

describe('the summary of an exploration', () => {
  const iterations = [
    ...['a', 'b', 'a', 'c', 'b', 'a', 'a', 'b'].map((order, seed) =>
      iterationWith({ seed, order, decisions: 10 + seed, timesMs: { commands: 60, hooks: 10 } }),
    ),
    iterationWith({
      order: 'd',
      verdict: 'failed',
      decisions: 3,
      unbalanced: 2,
      slowServer: 1,
      pageTimers: { ran: 5, early: 2 },
      timesMs: { commands: 60, settling: 90 },
    }),
    iterationWith({ order: 'd', verdict: 'failed', durationMs: 200 }),
    iterationWith({ purpose: 'minimise', order: 'e', verdict: 'failed', decisions: 99 }),
  ]

  it('has figures of what explored, and of nothing else', () => {
    assert.deepEqual(summariseIterations(iterations), {
      iterations: 10,
      failed: 2,
      orders: 4,
      lastFifth: { iterations: 2, newOrders: 1 },
      decisions: { min: 3, average: 11.6, max: 17 },
      unbalanced: 2,
      slowServer: 1,
      pageTimers: { ran: 5, early: 2 },
      averageMs: 110,
      timesMs: [
        ['commands', 54],
        ['settling', 9],
        ['hooks', 8],
      ],
    })
  })

  it('is shown as lines', () => {
    assert.deepEqual(formatExploreSummary(summariseIterations(iterations), 1), [
      'found 1 bug: 2 of 10 iterations failed (20 %)',
      'orders     4 different ones; 1 new in the last 2 iterations',
      'decisions  3 to 17, 11.6 on average',
      'time       110 ms for an iteration: commands 54 ms, settling 9 ms, hooks 8 ms',
      'timers     5 timers of pages ran, 2 of them while messages waited',
      'not controlled: a server answered too late 1 time, a page and its proxy did not agree 2 times',
    ])
  })

  it('says whether all orders were tried', () => {
    const lines = (left: number): string[] =>
      formatExploreSummary(
        summariseIterations([iterationWith(), iterationWith({ enumerated: { left, points: 8 } })]),
        0,
      )
    assert.equal(lines(0)[2], 'complete   all orders of up to 8 points were tried')
    assert.equal(lines(3)[2], 'complete   no: at least 3 orders of up to 8 points left')
    assert.ok(!lines(0).join('\n').includes('not controlled'))
  })

  it('has nothing to say about nothing', () => {
    assert.deepEqual(formatExploreSummary(summariseIterations([]), 0), [])
  })
})
