import assert from 'node:assert/strict'
import { faultsOfJunit, faultsOfRunJson } from '../support/report-schemas.js'
import { fakeFarm, Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

describe('a module that cannot be bundled', () => {
  let project: Project
  before(() => {
    project = new Project({
      'devices.json': fakeFarm('alice', 'bob'),
      'modules/good.ts': `it('runs', () => {})`,
      'modules/import.ts': `\nimport { open } from '../pages/nowhere'\nit('opens', open)`,
      'modules/syntax.ts': `import '../pages/broken'\nit('never', () => {})`,
      'pages/broken.ts': `const x = \n`,
    })
  })
  after(() => project.remove())

  it('fails with its place, while the others run', async () => {
    const run = new RunOutcome(await project.run(['run', 'modules', '--json', '--junit', 'junit.xml']))
    assert.equal(run.result.exitCode, 1)
    assert.deepEqual(run.verdicts, {
      'modules/good.ts': 'passed',
      'modules/import.ts': 'failed',
      'modules/syntax.ts': 'failed',
    })
    const [missing] = run.module('modules/import.ts').errors
    assert.equal(missing?.code, 'BATON_MODULE_IMPORT')
    assert.equal(missing?.message, `modules/import.ts:2:22: '../pages/nowhere' cannot be found.`)
    assert.match(run.module('modules/syntax.ts').errors[0]?.message ?? '', /^pages\/broken\.ts:2:1: /)
    assert.match(run.result.stderr, /modules\/import\.ts can't be loaded and fails; with --strict, nothing would run/)
    assert.deepEqual(faultsOfRunJson(project.read('baton-report/latest/run.json')), [])
    const junit = project.read('junit.xml')
    assert.deepEqual(await faultsOfJunit(junit), [])
    assert.match(junit, /<error type="BATON_MODULE_IMPORT" message="modules\/import\.ts:2:22: /)
  })

  it('refuses the whole run with --strict, or if no other module can run', async () => {
    for (const args of [['modules', '--strict'], ['modules/import.ts'], ['modules', '--dry-run']]) {
      const { exitCode, stderr } = await project.run(['run', ...args])
      assert.equal(exitCode, 2, args.join(' '))
      assert.match(stderr, /^BATON_MODULE_IMPORT: modules\/import\.ts:2:22: /m)
    }
  })
})
