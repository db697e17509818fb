import assert from 'node:assert/strict'
import type { Operation } from '../../../src/explore/operation.js'
import { operationKindOf } from '../../../src/explore/operation-id.js'
import { Reversals } from '../../../src/explore/reversals.js'
import type { Hold } from '../../../src/explore/schedule.js'

interface Pairs {
  likely: string[]
  unlikely: string[]
}

/** @param steps - what ran, and what became possible by that; up to a message's direction, ids say all */
function pairsOf(start: readonly string[], steps: Readonly<Record<string, readonly string[]>>): Pairs {
  const reversals = new Reversals()
  let enabled = start.map(operationOf)
  for (const [id, next] of Object.entries(steps)) {
    const operation = operationOf(id)
    reversals.ran(operation, enabled, true)
    enabled = [...enabled.filter(each => each.id !== id), ...next.map(operationOf)]
  }
  const { likely, unlikely } = reversals.pairs()
  return { likely: likely.map(textOf), unlikely: unlikely.map(textOf) }
}

function textOf({ operation, until }: Hold): string {
  return `${operation} | ${until}`
}

function operationOf(id: string): Operation {
  const role = /^\w+/.exec(id)?.[0] ?? ''
  const entity = id.includes('>') ? 'server' : role
  return { id, kind: operationKindOf(id) ?? 'request', role, entity, chain: `chain of ${id}`, seq: 0 }
}

describe('operations that could change places', () => {
  it('are those of one entity, unlikely ones if the first seems to have led to the second', () => {
    const pairs = pairsOf(['alice>POST /a', 'bob>POST /b'], {
      'alice>POST /a': ['alice<POST /a'],
      'alice<POST /a': ['alice>POST /c'],
      'alice>POST /c': [],
      'bob>POST /b': [],
    })
    assert.deepEqual(pairs, {
      likely: ['alice>POST /c | bob>POST /b', 'alice>POST /a | bob>POST /b'],
      unlikely: ['alice>POST /a | alice>POST /c'],
    })
  })

  it('are unlikely if one leads to the other through waits of the test', () => {
    const pairs = pairsOf(['alice>POST /a', 'alice>POST /other'], {
      'alice>POST /a': ['alice<POST /a'],
      'alice<POST /a': ['alice~poll'],
      'alice~poll': ['bob:elementClick #b'],
      'alice>POST /other': [],
      'bob:elementClick #b': ['bob>POST /b'],
      'bob>POST /b': [],
    })
    assert.deepEqual(pairs, {
      likely: ['alice>POST /a | alice>POST /other', 'alice>POST /other | bob>POST /b'],
      unlikely: ['alice>POST /a | bob>POST /b'],
    })
  })

  it('include what became possible after another operation by chance', () => {
    // The server sends the tick at a moment of its own choice.
    const pairs = pairsOf(['alice<GET /a', 'alice<GET /z'], {
      'alice<GET /a': ['alice<event /ticks tick'],
      'alice<event /ticks tick': [],
      'alice<GET /z': [],
    })
    assert.deepEqual(pairs, {
      likely: ['alice<event /ticks tick | alice<GET /z', 'alice<GET /a | alice<GET /z'],
      unlikely: ['alice<GET /a | alice<event /ticks tick'],
    })
  })

  it('are never operations of one chain, however many there are', () => {
    const reversals = new Reversals()
    const all = Array.from({ length: 300 }, (_, i) => ({ ...operationOf(`alice>POST /${i}`), chain: `chain ${i % 2}` }))
    for (const [i, operation] of all.entries()) reversals.ran(operation, all.slice(i), true)
    const { likely, unlikely } = reversals.pairs()
    const chains = new Map(all.map(({ id, chain }) => [id, chain]))
    assert.equal(likely.length, 100)
    assert.equal(unlikely.length, 0)
    assert.ok(likely.every(({ operation, until }) => chains.get(operation) !== chains.get(until)))
  })

  it('are not messages of one connection, unless it was opened again', () => {
    const all = ['alice>open /live', 'alice>sent /live in', 'alice>close /live', 'alice>open /live #2']
    const pairs = pairsOf(all, Object.fromEntries(all.map(id => [id, []])))
    assert.deepEqual(pairs.likely, [
      'alice>close /live | alice>open /live #2',
      'alice>sent /live in | alice>open /live #2',
      'alice>open /live | alice>open /live #2',
    ])
    assert.deepEqual(pairs.unlikely, [])
  })
})
