import assert from 'node:assert/strict'
import { BatonError, BatonErrors, combineErrors, sortByLocation } from '../../../src/error/baton-error.js'

const usage = new BatonError('BATON_USAGE', 'wrong', { hint: 'right' })
const redis = new BatonError('BATON_REDIS', 'away')

describe('several faults', () => {
  it('go together, unless one is no fault that a user could read', () => {
    const all = combineErrors([usage, new BatonErrors([redis])])
    assert.ok(all instanceof BatonErrors)
    assert.deepEqual(all.errors, [usage, redis])
    const bug = new TypeError('a bug')
    assert.equal(combineErrors([usage, bug]), bug)
  })

  it('come in the order of their places, each once', () => {
    const at = (file: string, line: number, column: number): BatonError =>
      new BatonError('BATON_MODULE_SYNTAX', 'x', { place: { file, line, column } })
    const sorted = sortByLocation([at('b', 1, 1), at('a', 10, 1), at('a', 2, 9), usage, at('a', 2, 10), at('a', 2, 9)])
    assert.deepEqual(
      sorted.map(({ place }) => (place ? `${place.file}:${place.line}:${place.column}` : '')),
      ['', 'a:2:9', 'a:2:10', 'a:10:1', 'b:1:1'],
    )
  })
})
