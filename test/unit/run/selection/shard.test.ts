import assert from 'node:assert/strict'
import fc from 'fast-check'
import { assignmentHash, parseShard, shardByDuration, shardByPath } from '../../../../src/run/selection/shard.js'

const files = fc.uniqueArray(fc.string(), { maxLength: 40 })
const counts = fc.integer({ min: 1, max: 12 })

describe('shards', () => {
  it('are written i/n with i from 1 to n', () => {
    assert.deepEqual(parseShard('2/5'), { index: 2, count: 5 })
    assert.deepEqual(parseShard('1/1'), { index: 1, count: 1 })
    for (const wrong of ['0/5', '6/5', '2', '2/', '/5', '2/0', '-1/5', '1.5/2', 'a/b', '2/5/6', ' 2/5', '1/99999']) {
      assert.equal(parseShard(wrong), undefined, wrong)
    }
  })

  it('by path have each module in exactly one shard, which only its path determines', () => {
    fc.assert(
      fc.property(fc.string(), counts, (file, count) => {
        const shards = Array.from({ length: count }, (_, i) => i + 1)
        assert.equal(shards.filter(shard => shardByPath(file, count) === shard).length, 1)
      }),
    )
    assert.deepEqual(
      ['a.ts', 'b.ts', 'c.ts'].map(file => shardByPath(file, 5)),
      [5, 2, 4],
    )
  })

  it('by path have equal shares', () => {
    const sizes = [0, 0, 0, 0, 0]
    for (let i = 0; i < 1_000; i++) sizes[shardByPath(`test/module-${i}.ts`, 5) - 1]! += 1
    assert.ok(
      sizes.every(size => size > 150 && size < 250),
      sizes.join(),
    )
  })

  it('by duration have each module in exactly one shard, and no more than their share and one module', () => {
    const durations = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined })
    fc.assert(
      fc.property(files, counts, fc.infiniteStream(durations), (files, count, stream) => {
        const known = new Map(files.map(file => [file, stream.next().value]))
        const shards = shardByDuration(files, count, file => known.get(file))
        assert.equal(shards.length, files.length)
        assert.ok(shards.every(shard => Number.isInteger(shard) && shard >= 1 && shard <= count))
        if ([...known.values()].includes(undefined)) return
        const ms = files.map(file => known.get(file) ?? 0)
        const total = ms.reduce((sum, each) => sum + each, 0)
        for (let shard = 1; shard <= count; shard++) {
          const busy = ms.filter((_, i) => shards[i] === shard).reduce((sum, each) => sum + each, 0)
          assert.ok(busy <= total / count + Math.max(0, ...ms), `${busy} of ${total} in ${count}`)
        }
      }),
    )
  })

  it('by duration separate long modules; one that never ran counts as the median', () => {
    const known: Record<string, number> = { a: 10, b: 10, c: 40 }
    assert.deepEqual(
      shardByDuration(['a', 'b', 'c', 'new'], 2, file => known[file]),
      [2, 2, 1, 2],
    )
  })

  it('share a hash if they divide the same modules in the same way', () => {
    const hash = assignmentHash(['a', 'b'], [1, 2])
    assert.match(hash, /^[0-9a-f]{8}$/)
    assert.equal(assignmentHash(['a', 'b'], [1, 2]), hash)
    for (const other of [assignmentHash(['a', 'b'], [2, 1]), assignmentHash(['a', 'c'], [1, 2])])
      assert.notEqual(other, hash)
  })
})
