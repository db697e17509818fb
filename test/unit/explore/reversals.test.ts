import assert from 'node:assert/strict'
import type { Operation } from '../../../src/explore/operation.js'
import { operationKindOf } from '../../../src/explore/operation-id.js'
import { Reversals } from '../../../src/explore/reversals.js'

/** @param steps - what ran, and what became possible by that; up to a message's direction, ids say all */
function pairsOf(start: readonly string[], steps: Readonly<Record<string, readonly string[]>>): string[] {
  const reversals = new Reversals()
  let enabled = start.map(operationOf)
  for (const [id, next] of Object.entries(steps)) {
    const operation = operationOf(id)
    reversals.ran(operation, enabled, true)
    enabled = [...enabled.filter(each => each.id !== id), ...next.map(operationOf)]
  }
  return reversals.pairs().map(({ operation, until }) => `${operation} | ${until}`)
}

function operationOf(id: string): Operation {
  const role = /^\w+/.exec(id)?.[0] ?? ''
  const entity = id.includes('>') ? 'server' : role
  return { id, kind: operationKindOf(id) ?? 'request', role, entity, chain: `chain of ${id}`, seq: 0 }
}

describe('operations that could change places', () => {
  it('are those of one entity that did not lead to each other', () => {
    const pairs = pairsOf(['alice>POST /a', 'bob>POST /b'], {
      'alice>POST /a': ['alice<POST /a'],
      'alice<POST /a': ['alice>POST /c'],
      'alice>POST /c': [],
      'bob>POST /b': [],
    })
    assert.deepEqual(pairs, ['alice>POST /c | bob>POST /b', 'alice>POST /a | bob>POST /b'])
  })

  it('are not what leads to another branch, through waits of the test', () => {
    const pairs = pairsOf(['alice>POST /a', 'alice>POST /other'], {
      'alice>POST /a': ['alice<POST /a'],
      'alice<POST /a': ['alice~poll'],
      'alice~poll': ['bob:elementClick #b'],
      'alice>POST /other': [],
      'bob:elementClick #b': ['bob>POST /b'],
      'bob>POST /b': [],
    })
    assert.deepEqual(pairs, ['alice>POST /a | alice>POST /other', 'alice>POST /other | bob>POST /b'])
  })

  it('are not messages of one connection, unless it was opened again', () => {
    const all = ['alice>open /live', 'alice>sent /live in', 'alice>close /live', 'alice>open /live #2']
    const pairs = pairsOf(all, Object.fromEntries(all.map(id => [id, []])))
    assert.deepEqual(pairs, [
      'alice>close /live | alice>open /live #2',
      'alice>sent /live in | alice>open /live #2',
      'alice>open /live | alice>open /live #2',
    ])
  })
})
