import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'

describe('the configuration of a project', function () {
  this.timeout(240_000)
  let project: Project
  before(() => {
    project = new Project({
      'farm/devices.json': { ...fakeFarm('alice', 'bob'), timeouts: { test: 7_000 } },
      'baton.config.ts': `
        import { defineConfig } from 'baton'
        export default defineConfig({
          modules: ['test/**/*.ts', '!test/other.ts'],
          devices: 'farm/devices.json',
          retries: 1,
          reporters: ['ctrf=results.json'],
          setup: ['setup.ts'],
          env: { STAGE: 'local', WHO: 'config' },
        })`,
      'setup.ts': `(globalThis as { isSetUp?: boolean }).isSetUp = true`,
      'test/first.ts': `
        it('has what the configuration sets', () => {
          const found = [(globalThis as { isSetUp?: boolean }).isSetUp, process.env.STAGE, process.env.WHO]
          if (String(found) !== 'true,local,command line') throw new Error(String(found))
        })`,
      'test/other.ts': `it('is left out', () => { throw new Error('no') })`,
      'other.json': { modules: ['test/other.ts'], devices: 'farm/devices.json', retries: 0 },
      'wrong.config.ts': `export default {
        retires: 1,
        timeouts: { tests: 5 },
        trace: 'always',
        env: 7,
      }`,
      'throws.config.ts': `export default {}\nthrow new Error('not today')`,
      'nothing.config.ts': `export const config = {}`,
      'wrong.json': '{ "retries": -1,\n  "module": "x" }',
    })
  })
  after(() => project.remove())

  it('completes the command line, which wins', async () => {
    const run = await project.run(['run', '--env', 'WHO=command line'])
    assert.equal(run.exitCode, 0, run.stdout + run.stderr)
    assert.match(run.stdout, /^1 module, [^]*passed +test\/first\.ts/)
    assert.match(project.read('results.json'), /has what the configuration sets/)
    const named = await project.run(['run', '--config', 'other.json', '--retries', '0', '--json'])
    assert.equal(named.exitCode, 1, named.stderr)
    assert.match(named.stdout, /test\/other\.ts/)
  })

  it('is shown by --dry-run', async () => {
    const { exitCode, stdout, stderr } = await project.run(['run', '--dry-run', '--retries', '2'])
    assert.equal(exitCode, 0, stderr)
    assert.match(stdout, /test\/first\.ts/)
    for (const line of ['modules: baton.config.ts', 'devices: baton.config.ts', 'retries: command line'])
      assert.ok(stderr.includes(`${line}\n`), stderr)
  })

  const mistakes: Record<string, RegExp[]> = {
    'wrong.config.ts': [
      /BATON_CONFIG_INVALID: wrong\.config\.ts:2:\d+: unknown key 'retires'\.\nHINT: did you mean 'retries'\?/,
      /wrong\.config\.ts:3:\d+: unknown key 'timeouts\.tests'\.\nHINT: did you mean 'test'\?/,
      /wrong\.config\.ts:4:\d+: 'trace': expected one of 'off', .*, found 'always'\./,
      /wrong\.config\.ts:5:\d+: 'env': expected an object of texts or a list of names, found 7\./,
    ],
    'throws.config.ts': [/throws\.config\.ts:2:\d+: throws\.config\.ts threw while it was loaded: Error: not today/],
    'nothing.config.ts': [
      /nothing\.config\.ts: expected a default export that is an object, found undefined\.\nHINT: write: import/,
    ],
    'wrong.json': [
      /wrong\.json:1:\d+: 'retries': expected a whole number from 0, found -1\./,
      /wrong\.json:2:\d+: unknown key 'module'\.\nHINT: did you mean 'modules'\?/,
    ],
    'other.jsn': [
      /BATON_CONFIG_MISSING: expected a configuration in other\.jsn, found no such file\.\nHINT: did you mean 'other\.json'\?/,
    ],
  }
  for (const [file, messages] of Object.entries(mistakes)) {
    it(`is refused with its places: ${file}`, async () => {
      const { exitCode, stdout, stderr } = await project.run(['run', '--config', file])
      assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: '' }, stderr)
      for (const message of messages) assert.match(stderr, message)
    })
  }
})
