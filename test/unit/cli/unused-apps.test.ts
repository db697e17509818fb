import assert from 'node:assert/strict'
import { unusedApps } from '../../../src/cli/unused-apps.js'
import { BatonErrors } from '../../../src/error/baton-error.js'
import { parsePlan } from '../../../src/run/plan/read-plan.js'

const device = (name: string, driver: string) => ({ name, labels: new Set([`name=${name}`, `driver=${driver}`]) })
const browser = device('nexus', 'chromium')
const phone = { ...device('pixel', 'android'), unavailable: 'offline' }
const module = (candidates: Record<string, string[]>, suite?: string) => ({
  candidates,
  ...(suite !== undefined && { suite }),
})

const suitesOf = (plan: object) =>
  parsePlan({ text: JSON.stringify(plan, undefined, 2), file: 'plan.json', env: {}, servers: [] }).suites
const flag = { app: 'chat.apk', suites: [] }
const errorsOf = (work: () => unknown): string[] => {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof BatonErrors)
    return error.errors.map(problem => problem.format())
  }
  return []
}

describe('an app that a run names', () => {
  const hint = '\nHINT: remove the app, or run on a farm with such devices.'

  it('is refused if the farm has no device that takes one', () => {
    const modules = [module({ device: ['nexus'] })]
    const farm = [browser, device('fake', 'fake')]
    assert.deepEqual(
      errorsOf(() => unusedApps(flag, modules, farm)),
      [
        `BATON_USAGE: --app chat.apk: expected a device that takes an app (driver: android), found none in the farm.${hint}`,
      ],
    )
    assert.deepEqual(unusedApps({ app: undefined, suites: [] }, modules, farm), [])
  })

  it('is accepted if one role of one module can take it, even on an unavailable phone', () => {
    const farm = [browser, phone]
    const modules = [module({ alice: ['nexus'] }), module({ alice: ['nexus'], bob: ['nexus', 'pixel'] })]
    assert.deepEqual(unusedApps(flag, modules, farm), [])
    assert.deepEqual(unusedApps(flag, modules.slice(0, 1), farm), [
      '--app chat.apk: none of its modules can run on a device that takes an app (driver: android)',
    ])
  })

  const suites = suitesOf({
    app: 'all.apk',
    suites: [
      { name: 'web', modules: 'w' },
      { name: 'phone', modules: 'p' },
      { name: 'own', modules: 'o', app: 'own.apk' },
    ],
  })
  const sources = { app: undefined, suites }

  it('is accepted for a plan if one suite can use it, and for a suite if that one can', () => {
    const farm = [browser, phone]
    const web = module({ device: ['nexus'] }, 'web')
    const own = module({ device: ['pixel'] }, 'own')
    const all = [web, own, module({ device: ['pixel'] }, 'phone')]
    assert.deepEqual(unusedApps(sources, all, farm), [])
    const vain = (subject: string): string =>
      `${subject}: none of its modules can run on a device that takes an app (driver: android)`
    assert.deepEqual(unusedApps(sources, [web, own], farm), [vain("plan.json:2:10: app 'all.apk'")])
    assert.deepEqual(unusedApps(sources, [web], farm), [
      vain("plan.json:2:10: app 'all.apk'"),
      vain("plan.json:15:14: app 'own.apk'"),
    ])
    assert.deepEqual(unusedApps({ ...flag, suites }, [web, own], farm), [], 'it wins over both')
  })

  it('is refused at its place in a plan, each once', () => {
    const refusal = (subject: string): string =>
      `BATON_CONFIG_INVALID: ${subject}: expected a device that takes an app (driver: android), found none in the farm.${hint}`
    assert.deepEqual(
      errorsOf(() => unusedApps(sources, [], [browser])),
      [refusal("plan.json:2:10: app 'all.apk'"), refusal("plan.json:15:14: app 'own.apk'")],
    )
  })
})
