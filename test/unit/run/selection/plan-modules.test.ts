import assert from 'node:assert/strict'
import type { LoadedModule } from '../../../../src/module/module-bundle.js'
import { noSurroundings } from '../../../../src/module/project-listing.js'
import { History } from '../../../../src/run/history/history.js'
import type { ModuleHistory, HistoryResult } from '../../../../src/run/history/module-history.js'
import { moduleFile } from '../../../../src/module/module-file.js'
import { candidateOf, planModules, type PlannedRun } from '../../../../src/run/selection/plan-modules.js'
import type { Candidate, StatedNeeds } from '../../../../src/run/selection/resolve-needs.js'
import type { SelectionOptions } from '../../../../src/run/selection/selection-options.js'

const loaded = (file: string, needs: StatedNeeds['needs'] = {}): LoadedModule => ({
  bundle: { file, hash: file, code: '', sourceMap: '', base: '', externals: [], files: [], ...noSurroundings },
  stated: { file, needs, firstRole: Object.keys(needs)[0], places: {}, declared: false },
})

const farm: Candidate[] = ['alice', 'bob'].map(name => ({ name, labels: new Set([`name=${name}`, 'phone']) }))

const past = (ms: number, devices: Record<string, HistoryResult> = {}): ModuleHistory => ({
  failed: Object.values(devices).some(([, verdict]) => verdict === 'failed'),
  results: [[ms, 'passed']],
  devices: new Map(
    Object.entries(devices).map(([name, result]) => [name, { failed: result[1] === 'failed', results: [result] }]),
  ),
})

const history = new History(
  new Map([
    ['short.ts', past(10)],
    ['long.ts', past(90, { alice: [5, 'passed'], bob: [200, 'failed'] })],
  ]),
)

const modules = [loaded('short.ts'), loaded('new.ts'), loaded('long.ts')]
const planned = (options: Partial<SelectionOptions>, devices = farm, loadedModules = modules): PlannedRun => {
  const files = loadedModules.map(({ bundle }) => moduleFile(bundle.file, '/project'))
  const scope = { options: { on: [], ...options }, farm: devices }
  return planModules({ files, history }, { modules: loadedModules, errors: [] }, scope)
}
const plan = (options: Partial<SelectionOptions>, devices = farm): string[] =>
  planned(options, devices).modules.map(({ file, device }) => `${file}${device === undefined ? '' : ` ${device}`}`)

describe('planning a run', () => {
  it('puts long modules first, after those that never ran', () => {
    assert.deepEqual(plan({}), ['new.ts', 'long.ts', 'short.ts'])
  })

  it('repeats all modules, round by round', () => {
    const { modules: repeated } = planned({ repeat: 2 })
    assert.deepEqual(
      repeated.map(({ file, repetition }) => `${file} ${repetition}`),
      ['new.ts 1', 'long.ts 1', 'short.ts 1', 'new.ts 2', 'long.ts 2', 'short.ts 2'],
    )
    assert.equal(new Set(repeated.map(({ id }) => id)).size, 6)
    const onEvery = planned({ repeat: 2, every: { labels: [] }, inOrder: true })
    assert.equal(new Set(onEvery.modules.map(({ stage }) => stage)).size, 12)
  })

  it('orders the modules for every device by their history there', () => {
    assert.deepEqual(plan({ every: { labels: [] } }), [
      'new.ts alice',
      'new.ts bob',
      'long.ts bob',
      'short.ts alice',
      'short.ts bob',
      'long.ts alice',
    ])
  })

  it('repeats failed modules on the devices where they failed, or on all if unknown', () => {
    const request = { every: { labels: [] }, lastFailed: true }
    assert.deepEqual(
      plan(request).filter(each => each.startsWith('long')),
      ['long.ts bob'],
    )
    assert.equal(plan(request).filter(each => each.startsWith('short')).length, 2)
  })

  it('keeps modules in order with --in-order: each waits for the previous one on its device', () => {
    const unavailable = [farm[0]!, { ...farm[1]!, unavailable: 'offline' }]
    const options = { every: { labels: [] }, inOrder: true }
    const run = planned(options, unavailable, [...modules, loaded('pair.ts', { a: '', b: '' })])
    assert.deepEqual(
      run.modules.map(({ id, stage }) => [id, stage]),
      [
        ['1@alice', '1@alice short.ts'],
        ['1@bob', undefined],
        ['2@alice', '2@alice new.ts'],
        ['2@bob', undefined],
        ['3@alice', '3@alice long.ts'],
        ['3@bob', undefined],
        ['4', undefined],
      ],
    )
    assert.deepEqual(run.stages, [
      { name: '1@alice short.ts', after: [] },
      { name: '2@alice new.ts', after: [{ stage: '1@alice short.ts', when: 'end' }] },
      { name: '3@alice long.ts', after: [{ stage: '2@alice new.ts', when: 'end' }] },
    ])
  })

  it('refuses a role for every device that no module has', () => {
    assert.throws(
      () => plan({ every: { labels: [], role: 'leed' } }),
      /BATON_USAGE: --every-role 'leed': no module of the run has this role \(known: none\)/,
    )
  })

  it('knows whether a registered device is available, and why not', () => {
    const registered = { name: 'a', host: 'h', labels: ['name=a'], driver: 'fake', platform: 'fake', since: 0 }
    const unavailable = (
      state: 'idle' | 'leased' | 'checking' | 'offline' | 'quarantined',
      reason = '',
    ): string | undefined => candidateOf({ ...registered, state, reason }).unavailable
    assert.deepEqual(
      [unavailable('idle'), unavailable('leased'), unavailable('checking', 'x')],
      [undefined, undefined, undefined],
    )
    assert.deepEqual(
      [unavailable('offline'), unavailable('quarantined', 'no session')],
      ['offline', 'quarantined: no session'],
    )
  })
})
