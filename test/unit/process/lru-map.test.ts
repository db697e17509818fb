import assert from 'node:assert/strict'
import { LruMap } from '../../../src/process/lru-map.js'

describe('LruMap', () => {
  const filled = (): LruMap<string, number> => {
    const map = new LruMap<string, number>(2)
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) map.set(key, index)
    return map
  }

  it('evicts the least recently used entries', () => {
    const map = filled()
    map.get('a')
    map.set('b', 7)
    assert.deepEqual(map.evict(), [2, 3])
    assert.deepEqual([map.get('a'), map.get('b'), map.has('c'), map.has('d')], [0, 7, false, false])
    assert.deepEqual(map.evict(), [])
  })

  it('keeps entries in use, even beyond its size', () => {
    const map = filled()
    assert.deepEqual(
      map.evict(key => key === 'd'),
      [3],
    )
    assert.deepEqual(
      map.evict(() => false),
      [],
    )
    map.delete('a')
    assert.deepEqual(map.evict(), [])
    assert.deepEqual([map.has('b'), map.has('c')], [true, true])
  })
})
