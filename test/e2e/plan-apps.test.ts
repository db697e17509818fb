import assert from 'node:assert/strict'
import { makeApk } from '../phone/apk/make-apk.js'
import { fakeFarm, Project } from './baton-cli.js'
describe('the app in a plan', () => {
  // nobody is at that address: it is away
  const phone = { name: 'pixel', driver: 'android', udid: 'R58M', adb: { host: '0.0.0.0', port: 1 } }
  let project: Project
  before(() => {
    project = new Project({
      'devices.json': { devices: [phone] },
      'fakes.json': fakeFarm('alice'),
      'suites/passes.ts': `it('passes', () => {})\n`,
      'suites/one.apk': makeApk({ versionCode: 1 }),
      'suites/two.apk': makeApk({ versionCode: 2 }),
      'suites/shop.aab': '',
      'suites/bogus.apk': 'no archive',
      'suites/plan.json': {
        app: 'one.apk',
        suites: [
          { name: 'all', modules: 'passes.ts' },
          { name: 'own', modules: 'passes.ts', app: './two.apk' },
        ],
      },
    })
  })
  after(() => project.remove())

  it("is relative to the plan and shown by --dry-run; a suite's own app wins, and --app over both", async () => {
    const plan = ['run', '--plan', 'suites/plan.json']
    const dry = await project.run([...plan, '--dry-run'])
    assert.equal(dry.exitCode, 0, dry.stderr)
    assert.match(dry.stdout, /^suite 'all': at once, app: one\.apk\n/)
    assert.match(dry.stdout, /^suite 'own': at once, app: two\.apk\n/m)
    const flag = await project.run([...plan, '--dry-run', '--app', 'suites/one.apk'])
    assert.doesNotMatch(flag.stdout, /two\.apk/)
    assert.match(flag.stdout, /\napp: one\.apk, on every device that takes one\n$/)
  })

  it('is refused before anything runs if no device of the farm takes an app, and so is --app', async () => {
    const hint = 'HINT: remove the app, or run on a farm with such devices.'
    const refusal = (subject: string): string =>
      `${subject}: expected a device that takes an app (driver: android), found none in the farm.\n${hint}`
    const all = refusal("BATON_CONFIG_INVALID: suites/plan.json:2:10: app 'one.apk'")
    const own = refusal("BATON_CONFIG_INVALID: suites/plan.json:11:14: app './two.apk'")
    const flag = refusal('BATON_USAGE: --app suites/one.apk')
    for (const [args, told] of [
      [
        ['--plan', 'suites/plan.json'],
        [all, own],
      ],
      [
        ['--plan', 'suites/plan.json', '--dry-run'],
        [all, own],
      ],
      [['suites/passes.ts', '--app', 'suites/one.apk'], [flag]],
    ] as const) {
      const { exitCode, stdout, stderr } = await project.run(['run', ...args, '--devices', 'fakes.json'])
      assert.equal(exitCode, 2, stderr)
      assert.equal(stdout, '')
      assert.deepEqual(stderr.trim().split('\n\n'), told)
    }
  })

  it("is refused if it can't be installed: with its place, and all errors at once", async () => {
    const suite = (name: string, app: string, modules = 'passes.ts'): object => ({ name, modules, app })
    project.write({
      'suites/bad.json': {
        app: 'on.apk',
        suites: [
          { name: 'all', modules: 'passes.ts' },
          { name: 'every', modules: 'passes.ts' },
          suite('gone', 'two.apk', 'gone.ts'),
          suite('bundle', 'shop.aab'),
          suite('bogus', 'bogus.apk'),
        ],
      },
    })
    const { exitCode, stderr } = await project.run(['run', '--plan', 'suites/bad.json'])
    assert.equal(exitCode, 2)
    assert.deepEqual(stderr.trim().split('\n\n'), [
      "BATON_CONFIG_INVALID: suites/bad.json:2:10: app 'on.apk': expected an .apk, found no such file.\n" +
        "HINT: did you mean 'one.apk'?",
      "BATON_NO_MODULES: suites/bad.json:14:7: suite 'gone': no module matches 'gone.ts'.\n" +
        `HINT: gone.ts does not exist in ${project.directory}/suites`,
      "BATON_CONFIG_INVALID: suites/bad.json:20:14: app 'shop.aab': an app bundle (.aab) cannot be installed: app stores build apps from it.\n" +
        'HINT: build one .apk with `bundletool build-apks --mode=universal`.',
      "BATON_CONFIG_INVALID: suites/bad.json:25:14: app 'bogus.apk': it is not an .apk: a ZIP archive with an AndroidManifest.xml.\n" +
        'HINT: build or download it again.',
    ])
  })
})
