import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const farm = {
  devices: [
    { name: 'alice', driver: 'fake', reset: 'none', labels: ['phone'] },
    { name: 'bob', driver: 'fake', reset: 'none', labels: ['phone', 'lab=berlin'] },
    { name: 'carol', driver: 'fake', reset: 'none', labels: ['tablet'] },
  ],
}

const steps = `
  import { useDevice } from 'baton'
  export const toBob = async () => { await useDevice('bob') }
  export const toAny = async (name: string) => { await useDevice(name) }`

const good = {
  'good/1-names.ts': `
    import { useDevice } from 'baton'
    it('x', async () => { await useDevice('bob'); await useDevice('alice') })`,
  'good/2-labels.ts': `
    import { expect } from '@wdio/globals'
    import { activeDevice, useDevice } from 'baton'
    export const devices = { big: ['tablet'], small: ['phone', 'platform=fake'], third: 'bob' }
    it('x', async () => {
      for (const [role, name] of [['big', 'carol'], ['small', 'alice'], ['third', 'bob']]) {
        await useDevice(role!)
        expect(activeDevice().name).toBe(name)
        expect(activeDevice().role).toBe(role)
      }
    })`,
  'good/3-helper.ts': `
    import { useDevice } from 'baton'
    import { toBob } from '../steps/steps.js'
    it('x', async () => { await toBob(); await useDevice('carol') })`,
  'good/4-covered.ts': `
    import { toAny } from '../steps/steps.js'
    export const devices = { alice: 'alice', carol: 'carol' }
    it('x', async () => { await toAny('carol') })`,
  'good/5-none.ts': `it('x', () => {})`,
  'good/6-constant.ts': `
    import { useDevice } from 'baton'
    const who = 'car'
    it('x', async () => { await useDevice(\`\${who}ol\`) })`,
}

const bad = {
  'bad/computed.ts': `
    import { useDevice } from 'baton'
    const names = process.env.HOME!.split('/')
    it('x', async () => { await useDevice(names[0]!) })`,
  'bad/computed-in-helper.ts': `
    import { toAny } from '../steps/steps.js'
    it('x', () => toAny('alice'))`,
  'bad/impossible-label.ts': `
    import { useDevice } from 'baton'
    export const devices = { a: ['tablett'], b: ['tablet', 'lab=berlin'] }
    it('x', () => useDevice('a'))`,
  'bad/impossible-name.ts': `
    import { useDevice } from 'baton'
    it('x', async () => { await useDevice('alicia') })`,
  'bad/too-many.ts': `
    export const devices = { a: ['phone'], b: ['phone'], c: ['phone'] }
    it('x', () => {})`,
  'bad/import.ts': `import { x } from './nowhere.js'
    it('x', () => x)`,
  'bad/syntax.ts': `it('x', () => {`,
  'bad/files.ts': `export const files = ['nothing/*.png']
    it('x', () => {})`,
  'bad/export.ts': `export const devices = Object.fromEntries([['alice', 'alice']])
    it('x', () => {})`,
}

describe('what a module needs', () => {
  let project: Project
  before(() => {
    project = new Project({
      'devices.json': farm,
      'mixed.json': {
        devices: [
          { name: 'alice', driver: 'fake' },
          { name: 'web', driver: 'chromium', labels: ['web'] },
        ],
      },
      'steps/steps.ts': steps,
      ...good,
      ...bad,
    })
  })
  after(() => project.remove())

  it('is shown by --dry-run, which starts nothing', async () => {
    const { exitCode, stdout, stderr } = await project.run(['run', 'good', '--dry-run'])
    assert.equal(exitCode, 0, stderr)
    assert.deepEqual(stdout.split('\n').slice(0, 4), [
      '  1. good/1-names.ts  duration unknown',
      '     bob (first): bob; needed at good/1-names.ts:3:33; could be bob',
      '     alice: alice; needed at good/1-names.ts:3:57; could be alice',
      '',
    ])
    assert.match(
      stdout,
      /^ {5}small: any phone, platform=fake; needed at good\/2-labels\.ts:4:47; could be alice, bob$/m,
    )
    assert.match(stdout, /^ {5}bob: bob; needed at steps\/steps\.ts:3:44; could be bob$/m)
    assert.match(stdout, /^ {5}carol \(first\): carol; needed at good\/3-helper\.ts:4:48; could be carol$/m)
    assert.match(stdout, /^ {5}device \(first\): any device; could be alice, bob, carol$/m)
    assert.match(stdout, /^6 modules, 3 devices/m)
    assert.equal(existsSync(path.join(project.directory, 'baton-report')), false)
  })

  it('is read from literals, constants, helpers and export const devices', async () => {
    const run = new RunOutcome(await project.run(['run', 'good', '--json']))
    assert.equal(run.result.exitCode, 0, run.result.stdout)
    const devices = Object.keys(good).map(file => run.module(file).devices)
    assert.deepEqual(devices.slice(0, 4), [
      { bob: 'bob', alice: 'alice' },
      { big: 'carol', small: 'alice', third: 'bob' },
      { bob: 'bob', carol: 'carol' },
      { alice: 'alice', carol: 'carol' },
    ])
    assert.deepEqual(devices[5], { carol: 'carol' })
  })

  it('is narrowed by --on, and by "on", for roles with labels', async () => {
    project.write({ 'on.json': { ...farm, on: ['tablet'] } })
    const [byOption, byFile, inVain] = await Promise.all([
      project.run(['run', 'good/1-names.ts', 'good/5-none.ts', '--dry-run', '--on', 'phone,lab=berlin']),
      project.run(['run', 'good/5-none.ts', '--dry-run', '--devices', 'on.json']),
      project.run(['run', 'good/2-labels.ts', '--dry-run', '--on', 'phone']),
    ])
    assert.match(byOption.stdout, /^ {5}device \(first\): any lab=berlin, phone; could be bob$/m)
    assert.match(byOption.stdout, /^ {5}alice: alice; .* could be alice$/m)
    assert.match(byFile.stdout, /^ {5}device \(first\): any tablet; could be carol$/m)
    assert.equal(inVain.exitCode, 2)
    assert.equal(
      inVain.stderr,
      `BATON_NEEDS_IMPOSSIBLE: good/2-labels.ts:4:30: role 'big' asks for any phone, tablet (phone by --on, "on" or --every); no device of the farm matches.
HINT: remove a label: each of them exists, but no device has all
`,
    )
  })

  it('is checked before anything is queued, and all errors of all modules are reported with their lines', async () => {
    const { exitCode, stdout, stderr } = await project.run(['run', 'bad', 'good', '--json'])
    assert.equal(exitCode, 2)
    assert.equal(stdout, '')
    assert.deepEqual(
      stderr.split('\n').flatMap(line => /^BATON_\w+: [^ ]+/.exec(line)?.[0] ?? []),
      [
        'BATON_DEVICES_EXPORT: bad/export.ts:1:24:',
        'BATON_MODULE_FILES: bad/files.ts:1:23:',
        'BATON_MODULE_IMPORT: bad/import.ts:1:19:',
        'BATON_NEEDS_IMPOSSIBLE: bad/impossible-label.ts:3:30:',
        'BATON_NEEDS_IMPOSSIBLE: bad/impossible-label.ts:3:46:',
        'BATON_NEEDS_IMPOSSIBLE: bad/impossible-name.ts:3:33:',
        'BATON_MODULE_SYNTAX: bad/syntax.ts:1:16:',
        'BATON_NEEDS_IMPOSSIBLE: bad/too-many.ts:2:30:',
      ],
    )
    for (const hint of [
      "did you mean 'tablet'?",
      "did you mean 'alice'?",
      'bad/nowhere.js does not exist',
      'it is relative to bad/files.ts',
    ]) {
      assert.ok(stderr.includes(`HINT: ${hint}`), hint)
    }
  })

  it('must not match several platforms', async () => {
    const mixed = await project.run(['run', 'good/5-none.ts', '--devices', 'mixed.json', '--dry-run'])
    assert.equal(mixed.exitCode, 2)
    assert.match(
      mixed.stderr,
      /^BATON_NEEDS_MIXED: good\/5-none\.ts: names no device, .* 2 platforms\.\nHINT: choose one: --on /,
    )
    const on = ['--on', 'platform=fake']
    const narrowed = await project.run(['run', 'good/5-none.ts', '--devices', 'mixed.json', '--dry-run', ...on])
    assert.match(narrowed.stdout, /could be alice$/m)
  })
})
