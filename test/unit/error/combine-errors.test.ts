import assert from 'node:assert/strict'
import { BatonError, BatonErrors, combineErrors, sortByLocation } from '../../../src/error/baton-error.js'

const usage = new BatonError('BATON_USAGE', 'wrong', { hint: 'right' })
const redis = new BatonError('BATON_REDIS', 'away')

describe('several errors', () => {
  it('are combined, unless one of them is a bug', () => {
    const all = combineErrors([usage, new BatonErrors([redis])])
    assert.ok(all instanceof BatonErrors)
    assert.deepEqual(all.errors, [usage, redis])
    const bug = new TypeError('a bug')
    assert.equal(combineErrors([usage, bug]), bug)
  })

  it('are sorted by location, without repeats', () => {
    const at = (file: string, line: number, column: number): BatonError =>
      new BatonError('BATON_MODULE_SYNTAX', 'x', { place: { file, line, column } })
    const sorted = sortByLocation([at('b', 1, 1), at('a', 10, 1), at('a', 2, 9), usage, at('a', 2, 10), at('a', 2, 9)])
    assert.deepEqual(
      sorted.map(({ place }) => (place ? `${place.file}:${place.line}:${place.column}` : '')),
      ['', 'a:2:9', 'a:2:10', 'a:10:1', 'b:1:1'],
    )
  })
})
