import assert from 'node:assert/strict'
import { BatonErrors } from '../../../../src/error/baton-error.js'
import type { LoadedModule } from '../../../../src/module/module-bundle.js'
import { noSurroundings } from '../../../../src/module/project-listing.js'
import { formatForecast } from '../../../../src/run/format-forecast.js'
import { History } from '../../../../src/run/history/history.js'
import { emptyModuleHistory, type ModuleHistory } from '../../../../src/run/history/module-history.js'
import type { PlannedRun } from '../../../../src/run/selection/plan-modules.js'
import { selectFailedSuites } from '../../../../src/run/selection/last-failed.js'
import { planModules } from '../../../../src/run/selection/plan-modules.js'
import { moduleFile } from '../../../../src/module/module-file.js'
import type { FoundSuite } from '../../../../src/run/plan/find-suites.js'
import { parsePlan } from '../../../../src/run/plan/read-plan.js'
import { formatSuites } from '../../../../src/run/plan/format-suites.js'

const farm = [
  { name: 'pixel', labels: new Set(['name=pixel', 'phone', 'platform=android', 'host=lab-1']) },
  { name: 'spare', labels: new Set(['name=spare', 'phone', 'platform=android', 'host=lab-2']) },
  { name: 'ipad', labels: new Set(['name=ipad', 'tablet', 'platform=ios', 'host=lab-2']) },
]

const module = (file: string, ...roles: string[]): LoadedModule => ({
  bundle: { file, hash: file, code: '', sourceMap: '{}', base: '', externals: [], files: [], ...noSurroundings },
  stated: {
    file,
    needs: Object.fromEntries(roles.map(role => [role, `name=${role}`])),
    firstRole: roles[0],
    places: Object.fromEntries(roles.map((role, index) => [role, { file, line: index + 1, column: 1 }])),
    declared: false,
  },
})

const modules = [module('call.ts', 'pixel', 'ipad'), module('one.ts'), module('two.ts', 'bob')]
const passed = (ms: number): ModuleHistory => ({ ...emptyModuleHistory, results: [[ms, 'passed']] })
const history = new History(
  new Map([
    ['call.ts', passed(1_000)],
    ['one.ts', passed(3_000)],
    ['two.ts', passed(2_000)],
  ]),
)

function planned(suites: object[], order: 'parallel' | 'sequential' = 'parallel', loaded = modules) {
  const plan = parsePlan({ text: JSON.stringify({ suites, order }), file: 'plan.json', env: {}, servers: [] })
  const found = plan.suites.map(suite => ({ suite, files: suite.modules.map(file => moduleFile(file, '/project')) }))
  return { found, ...plannedSuites(found, plan.order, loaded) }
}

function plannedSuites(suites: FoundSuite[], order: 'parallel' | 'sequential', loaded = modules): PlannedRun {
  const selection = { files: [], plan: { suites, order }, history }
  return planModules(selection, { modules: loaded, errors: [] }, { options: { on: [] }, farm })
}

function errorsOf(suites: object[]): string[] {
  try {
    planned(suites)
  } catch (error) {
    assert(error instanceof BatonErrors, String(error))
    return error.errors.map(problem => problem.format().replaceAll(/ \(known:[^)]*\)/g, ''))
  }
  throw new assert.AssertionError({ message: 'expected errors, found none' })
}

const rolesOf = ({ modules }: PlannedRun) => modules.map(({ suite, file, roles }) => [suite, file, roles])

describe('a plan and its modules', () => {
  it('maps roles to devices, labels and hosts, with backups', () => {
    const suites = planned([
      { name: 'named', modules: 'two.ts', devices: { bob: 'ipad' }, backup: { bob: ['spare', ['phone']] } },
      { name: 'labelled', modules: ['two.ts', 'one.ts'], devices: { bob: ['tablet'] }, on: 'host=lab-2,platform=ios' },
      { name: 'any', modules: 'one.ts', devices: { device: 'pixel' }, backup: { device: ['spare'] } },
      { name: 'as it is', modules: 'call.ts', on: 'tablet' },
    ])
    assert.deepEqual(rolesOf(suites), [
      ['named', 'two.ts', { bob: 'name=ipad,,name=spare,,phone' }],
      ['labelled', 'one.ts', { device: 'host=lab-2,platform=ios' }],
      ['labelled', 'two.ts', { bob: 'host=lab-2,platform=ios,tablet' }],
      ['any', 'one.ts', { device: 'name=pixel,,name=spare' }],
      ['as it is', 'call.ts', { pixel: 'name=pixel', ipad: 'name=ipad' }],
    ])
    assert.equal(new Set(suites.modules.map(({ id }) => id)).size, 5)
  })

  it('accepts roles that are named like methods of every object', () => {
    const odd = module('odd.ts', 'constructor', 'toString')
    const suites = [
      { name: 'odd', modules: 'odd.ts', devices: { constructor: 'pixel' }, backup: { toString: ['spare'] } },
    ]
    assert.deepEqual(
      rolesOf(planned([{ ...suites[0], devices: { constructor: 'pixel', toString: 'ipad' } }], 'parallel', [odd])),
      [['odd', 'odd.ts', { constructor: 'name=pixel', toString: 'name=ipad,,name=spare' }]],
    )
    assert.throws(() => planned(suites, 'parallel', [odd]), /role 'toString' asks for the device 'toString'/)
  })

  it('keeps the order of a sequential suite, and puts the longest first in a parallel one', () => {
    const files = ['call.ts', 'one.ts', 'two.ts']
    const devices = { bob: 'ipad', device: 'pixel' }
    const { modules } = planned([
      { name: 'ordered', modules: files, devices, order: 'sequential' },
      { name: 'free', modules: files, devices },
    ])
    assert.deepEqual(
      modules.map(({ file, stage }) => `${file} ${stage}`),
      [
        'call.ts module 1 of suite ordered',
        'one.ts module 2 of suite ordered',
        'two.ts module 3 of suite ordered',
        'one.ts undefined',
        'two.ts undefined',
        'call.ts undefined',
      ],
    )
  })

  it('accepts a role if the modules that have it do not run this time', () => {
    const suite = { name: 'calls', modules: ['call.ts', 'two.ts'], devices: { bob: 'spare' } }
    const { found } = planned([suite])
    const suites = selectFailedSuites<FoundSuite>(found, ({ name }) => name === 'call.ts')
    const { modules: chosen } = plannedSuites(suites, 'parallel')
    assert.deepEqual(
      chosen.map(({ file }) => file),
      ['call.ts'],
    )
  })

  it('refuses roles that no module has and devices that the farm does not have, at their places in the plan', () => {
    assert.deepEqual(
      errorsOf([
        { name: 'a', modules: 'call.ts', devices: { pixl: 'spare' } },
        { name: 'b', modules: 'two.ts', devices: { bob: 'ipd' } },
        { name: 'c', modules: 'call.ts', backup: { pixel: ['spare', 'nobody'] } },
        { name: 'd', modules: 'two.ts' },
      ]).map(text => text.split('\n')[0]),
      [
        "BATON_CONFIG_INVALID: plan.json:1:55: 'devices' of suite 'a': no module of the suite has a role 'pixl'.",
        "BATON_NEEDS_IMPOSSIBLE: plan.json:1:114: role 'bob' asks for the device 'ipd', which the farm does not have.",
        "BATON_NEEDS_IMPOSSIBLE: plan.json:1:170: role 'pixel' asks for the device 'nobody', which the farm does not have.",
        "BATON_NEEDS_IMPOSSIBLE: two.ts:1:1: role 'bob' asks for the device 'bob', which the farm does not have.",
      ],
    )
  })

  it("refuses an 'on' that no device matches, once, at its place in the plan", () => {
    assert.deepEqual(
      errorsOf([
        { name: 'a', modules: ['one.ts', 'two.ts'], on: 'host=lab-9,tablet', devices: { bob: ['platform=ios'] } },
        { name: 'b', modules: 'one.ts', on: 'tablet,platform=android' },
        { name: 'c', modules: 'two.ts', on: 'tablet', devices: { bob: ['platform=android'] } },
        { name: 'd', modules: 'call.ts', on: 'host=lab-9' },
      ]),
      [
        `BATON_NEEDS_IMPOSSIBLE: plan.json:1:54: "on" asks for any host=lab-9, tablet; no device of the farm matches.\nHINT: did you mean 'host=lab-1'? No device has 'host=lab-9'`,
        `BATON_NEEDS_IMPOSSIBLE: plan.json:1:146: "on" asks for any platform=android, tablet; no device of the farm matches.\nHINT: remove a label: each of them exists, but no device has all`,
        `BATON_NEEDS_IMPOSSIBLE: plan.json:1:234: role 'bob' asks for any platform=android, tablet (tablet by --on, "on" or --every); no device of the farm matches.\nHINT: remove a label: each of them exists, but no device has all`,
      ],
    )
  })

  it('refuses two roles that would wait for one device', () => {
    const [problem] = errorsOf([
      { name: 'a', modules: 'call.ts', devices: { pixel: 'ipad' }, backup: { pixel: ['spare'] } },
    ])
    assert.match(problem ?? '', /too few that match \(pixel ← ipad; ipad ← ipad\)/)
  })

  it('is shown before it runs, with devices, order and durations', () => {
    const devices = { bob: 'ipad', device: 'pixel' }
    const { found, modules, stages } = planned(
      [
        { name: 'first', modules: ['one.ts', 'two.ts'], devices, order: 'sequential', retries: 1 },
        { name: 'second', modules: 'call.ts', needs: ['first'], backup: { pixel: ['spare'] } },
        { name: 'third', modules: 'two.ts', devices: { bob: 'ipad' } },
      ],
      'sequential',
    )
    const names = farm.map(({ name }) => name)
    const forecast = formatForecast({ modules, stages, devices: names, retriesOf: () => 1 })
    assert.equal(
      formatSuites({ suites: found, order: 'sequential', modules, forecast }),
      `suite 'first': at once, one module after another, retries: 1
  1. one.ts  about 3.0 s, passed 1 of 1
     device (first): pixel; needed at plan.json:1:82; could be pixel

  2. two.ts  about 2.0 s, passed 1 of 1
     bob (first): ipad; needed at plan.json:1:69; could be ipad

suite 'second': when 'first' passed
  1. call.ts  about 1.0 s, passed 1 of 1
     pixel (first): pixel, else spare; needed at call.ts:1:1; could be pixel, spare
     ipad: ipad; needed at call.ts:2:1; could be ipad

suite 'third': after 'second'
  1. two.ts  about 2.0 s, passed 1 of 1
     bob (first): ipad; needed at plan.json:1:265; could be ipad

3 suites, 4 modules, 3 devices; forecast: 8.0 s.
`,
    )
  })
})
