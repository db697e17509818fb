import assert from 'node:assert/strict'
import fc from 'fast-check'
import { History } from '../../../../src/run/history/history.js'
import { emptyModuleHistory, type ModuleHistory } from '../../../../src/run/history/module-history.js'
import type { ModuleFile } from '../../../../src/module/module-file.js'
import { hasFailedLastTime, selectFailed } from '../../../../src/run/selection/last-failed.js'
import { assignShards, selectShard } from '../../../../src/run/selection/shard.js'

const names = fc.uniqueArray(fc.string({ maxLength: 12 }), { maxLength: 30 })
const filesOf = (...names: string[]): ModuleFile[] => names.map(name => ({ path: `/project/${name}`, name }))
const namesOf = (files: ModuleFile[]): string[] => files.map(({ name }) => name)
const failedOn = (failed: boolean, ...devices: string[]): ModuleHistory => ({
  ...emptyModuleHistory,
  failed,
  devices: new Map(devices.map(name => [name, { failed: true, results: [] }])),
})

describe('the modules of a run', () => {
  it('with --last-failed', () => {
    const gone = ['old.ts']
    assert.deepEqual(
      selectFailed(filesOf('a.ts', 'b.ts', 'c.ts'), ({ name }) => name === 'b.ts', gone),
      {
        files: filesOf('b.ts'),
        notes: ['old.ts failed last time, but no longer exists', '1 module failed last time'],
      },
    )
    assert.deepEqual(
      selectFailed(filesOf('a.ts'), () => false, []),
      { files: [], notes: ['no module failed last time'] },
    )
  })

  it('count as failed if their last result was a failure; with --every, on any device', () => {
    const history = new History(
      new Map([
        ['a.ts', failedOn(true)],
        ['b.ts', failedOn(false, 'bob')],
        ['c.ts', failedOn(false)],
      ]),
    )
    const failed = (every: boolean): string[] => history.files.filter(file => hasFailedLastTime(history, file, every))
    assert.deepEqual(failed(false), ['a.ts'])
    assert.deepEqual(failed(true), ['a.ts', 'b.ts'])
  })

  it('are in exactly one shard each, for any division, and all shards agree', () => {
    const known = fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined })
    fc.assert(
      fc.property(
        names,
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        fc.infiniteStream(known),
        (names, count, shared, ms) => {
          const files = filesOf(...names)
          const past = (): ModuleHistory => {
            const next = ms.next().value
            return next === undefined ? emptyModuleHistory : { ...emptyModuleHistory, results: [[next, 'passed']] }
          }
          const history = shared ? new History(new Map(names.map(name => [name, past()]))) : undefined
          const all = Array.from({ length: count }, (_, i) => {
            const shard = { index: i + 1, count }
            return selectShard(files, shard, assignShards(files, shard, history))
          })
          assert.deepEqual(namesOf(all.flatMap(selection => selection.files)).toSorted(), names.toSorted())
          const said = new Set(all.map(({ notes }) => notes[0]?.replace(/^.*, divided by /, '')))
          assert.equal(said.size, 1)
        },
      ),
    )
  })

  it('are divided by past durations if shards share them', () => {
    const history = new History(new Map([['long.ts', { ...emptyModuleHistory, results: [[900, 'passed']] }]]))
    const shard = { index: 1, count: 2 }
    assert.equal(assignShards(filesOf('long.ts'), shard, history).by, 'durations')
    assert.equal(assignShards(filesOf('long.ts'), shard, undefined).by, 'path')
  })
})
