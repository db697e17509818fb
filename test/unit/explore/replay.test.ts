import assert from 'node:assert/strict'
import fc from 'fast-check'
import { traceOf } from '../../../src/explore/schedule.js'
import { createStrategy } from '../../../src/explore/strategies/create-strategy.js'
import { replayHolds } from '../../../src/explore/strategies/replay-holds.js'
import { replayTrace } from '../../../src/explore/strategies/replay-trace.js'
import { chainsOf, idsOf, operationOf, runModel, type ModelChain } from './model.js'

describe('replayTrace', () => {
  it('repeats what any strategy did', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (lengths, seed) => {
          const trace = idsOf(runModel(chainsOf(...lengths), createStrategy('random', { seed })))
          const replay = replayTrace({ trace })
          assert.deepEqual(idsOf(runModel(chainsOf(...lengths), replay)), trace)
          assert.equal(replay.divergence(), undefined)
        },
      ),
    )
  })

  it('polls while the next operation is not there', () => {
    const poll = operationOf({ id: 'alice~poll', kind: 'poll' }, 'alice')
    const other = operationOf({ id: 'b1' }, 'b')
    const replay = replayTrace({ trace: ['a1', 'b1'] })
    assert.equal(replay.pick([other, poll]), poll)
    replay.ran?.(poll, [other, poll])
    assert.equal(replay.pick([other, operationOf({ id: 'a1' }, 'a'), poll]).id, 'a1')
  })

  it('polls when the schedule did, not earlier and not later', () => {
    const ids = ['a1', 'alice~poll', 'b1', 'b2', 'alice~poll #2', 'bob~poll', 'b3']
    const chains = (order: readonly string[]): ModelChain[] => [
      [{ id: 'a1' }],
      order.filter(id => id.startsWith('alice')).map(id => ({ id, kind: 'poll' })),
      order.filter(id => id.startsWith('b') && !id.startsWith('bob')).map(id => ({ id })),
      order.filter(id => id.startsWith('bob')).map(id => ({ id, kind: 'poll' })),
    ]
    const schedule = traceOf(ids)
    assert.deepEqual(schedule, {
      trace: ['a1', 'b1', 'b2', 'b3'],
      checks: [
        { wait: 'alice~poll', after: 1 },
        { wait: 'alice~poll', after: 3 },
        { wait: 'bob~poll', after: 3 },
      ],
    })
    const replay = replayTrace(schedule)
    assert.deepEqual(idsOf(runModel(chains(ids), replay)), ids)
    assert.equal(replay.divergence(), undefined)
    // A wait that has nothing new to see is left out.
    const fewer = ids.toSpliced(1, 1)
    assert.deepEqual(idsOf(runModel(chains(fewer), replayTrace(schedule))), [
      'a1',
      'alice~poll #2',
      'b1',
      'b2',
      'bob~poll',
      'b3',
    ])
  })

  it('would rather wait for the next operation than run another one', () => {
    const replay = replayTrace({ trace: ['a1', 'b1'] })
    const [first, other] = [operationOf({ id: 'a1' }, 'a'), operationOf({ id: 'b1' }, 'b')]
    const poll = operationOf({ id: 'alice~poll', kind: 'poll' }, 'alice')
    assert.equal(replay.awaitsOthers?.([other]), true)
    assert.equal(replay.awaitsOthers?.([other, poll]), false)
    assert.equal(replay.awaitsOthers?.([other, first]), false)
  })

  it('reports the first operation that differs, and goes on with the earliest of the trace', () => {
    const replay = replayTrace({ trace: ['a1', 'x1', 'b1', 'a2', 'b2'] })
    assert.deepEqual(idsOf(runModel(chainsOf(2, 2), replay)), ['a1', 'b1', 'a2', 'b2'])
    assert.deepEqual(replay.divergence(), { step: 1, expected: 'x1', found: 'b1' })
  })

  it('reports an operation that never came', () => {
    const replay = replayTrace({ trace: ['a1', 'a2', 'a3'] })
    runModel(chainsOf(2), replay)
    assert.deepEqual(replay.divergence(), { step: 2, expected: 'a3' })
  })

  it('ignores what runs after the end of the trace', () => {
    const replay = replayTrace({ trace: ['a1'] })
    runModel(chainsOf(3), replay)
    assert.equal(replay.divergence(), undefined)
  })
})

describe('replayHolds', () => {
  const run = (...holds: [operation: string, until: string][]): string =>
    idsOf(runModel(chainsOf(2, 2), replayHolds(holds.map(([operation, until]) => ({ operation, until }))))).join(' ')

  it('is the natural order without holds', () => {
    assert.equal(run(), 'a1 a2 b1 b2')
  })

  it('keeps an operation back until another one has run', () => {
    assert.equal(run(['a1', 'b1']), 'b1 a1 a2 b2')
    assert.equal(run(['a1', 'b1'], ['a2', 'b2']), 'b1 a1 b2 a2')
  })

  it('would rather wait for another operation than run a held one', () => {
    const replay = replayHolds([{ operation: 'a1', until: 'b1' }])
    const [held, free] = [operationOf({ id: 'a1' }, 'a'), operationOf({ id: 'b1' }, 'b')]
    assert.equal(replay.awaitsOthers?.([held]), true)
    assert.equal(replay.awaitsOthers?.([held, free]), false)
  })

  it('obeys all holds of an operation', () => {
    assert.equal(run(['a1', 'b1'], ['a1', 'b2']), 'b1 b2 a1 a2')
  })

  it('lets a held operation run if nothing else can', () => {
    assert.equal(run(['a1', 'x1'], ['b1', 'a2']), 'a1 a2 b1 b2')
  })
})
