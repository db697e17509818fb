import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { RunRecord } from '../../src/report/run-record.js'
import { faultsOfJunit, faultsOfRunJson } from '../support/report-schemas.js'
import { fakeFarm, Project } from './baton-cli.js'

const badOn = (device: string): string => `
  import { activeDevice } from 'baton'
  it('works', () => { if (activeDevice().name === '${device}') throw new Error('not here') })`
const good = `it('works', () => {})`
const bad = `it('breaks', () => { throw new Error('broken') })`
const pair = `
  export const devices = { caller: ['platform=fake'], callee: ['platform=fake'] }
  it('works', () => {})`

describe('baton run on every device', () => {
  const projects: Project[] = []
  const project = (files: Record<string, string | object>): Project => {
    const made = new Project({ 'devices.json': fakeFarm('alice', 'bob', 'carol'), ...files })
    projects.push(made)
    return made
  }
  after(() => projects.forEach(made => made.remove()))

  const recordOf = (made: Project): RunRecord => JSON.parse(made.read('baton-report/latest/run.json')) as RunRecord
  /** File → device → verdict. */
  const verdictsOf = (made: Project): string[] =>
    recordOf(made)
      .modules.map(({ file, device = 'once', verdict }) => `${file} ${device} ${verdict}`)
      .toSorted()

  it('--every: runs each module on each device; --last-failed repeats it only on devices where it failed', async () => {
    const made = project({ 'm/a.ts': badOn('bob'), 'm/b.ts': good, 'm/pair.ts': pair })
    const first = await made.run(['run', '--every', 'm/*.ts', '--junit', 'junit.xml'])
    assert.equal(first.exitCode, 1, first.stderr)
    assert.deepEqual(verdictsOf(made), [
      'm/a.ts alice passed',
      'm/a.ts bob failed',
      'm/a.ts carol passed',
      'm/b.ts alice passed',
      'm/b.ts bob passed',
      'm/b.ts carol passed',
      'm/pair.ts once passed',
    ])
    for (const { device, devices } of recordOf(made).modules) {
      if (device !== undefined) assert.deepEqual(Object.values(devices), [device])
    }
    const table = [
      'Devices',
      '          alice    bob      carol',
      '  m/a.ts  passed   FAILED   passed',
      '  m/b.ts  passed   passed   passed',
      '',
    ]
    assert.ok(first.stdout.includes(table.join('\n')), first.stdout)
    assert.deepEqual(faultsOfRunJson(made.read('baton-report/latest/run.json')), [])
    assert.deepEqual(await faultsOfJunit(made.read('junit.xml')), [])
    const suites = [...made.read('junit.xml').matchAll(/<testsuite name="([^"]*)"/g)].map(([, name]) => name)
    assert.equal(new Set(suites).size, 7)
    assert.ok(suites.includes('m/a.ts [bob]'))

    const again = await made.run(['run', 'm', '--every', '--last-failed'])
    assert.equal(again.exitCode, 1)
    assert.match(again.stderr, /^baton: 1 module failed last time$/m)
    assert.deepEqual(verdictsOf(made), ['m/a.ts bob failed'])

    await made.run(['run', 'm/pair.ts', '--every', '--every-role', 'callee'])
    assert.deepEqual(verdictsOf(made), ['m/pair.ts alice passed', 'm/pair.ts bob passed', 'm/pair.ts carol passed'])
  })

  it('--in-order: runs the modules of each device one after another, even after a failure', async () => {
    const made = project({ 'm/1.ts': badOn('bob'), 'm/2.ts': good, 'm/3.ts': good, 'm/4.ts': good })
    const { exitCode, stderr } = await made.run(['run', 'm', '--every', '--in-order', '--retries', '1'])
    assert.equal(exitCode, 1, stderr)
    const { modules } = recordOf(made)
    assert.equal(modules.length, 12)
    for (const device of ['alice', 'bob', 'carol']) {
      const attempts = modules
        .filter(module => module.device === device)
        .flatMap(({ file, attempts }) => attempts.map(attempt => ({ file, ...attempt })))
        .toSorted((a, b) => a.startedAt - b.startedAt)
      const files = attempts.map(({ file }) => file)
      const first = device === 'bob' ? ['m/1.ts', 'm/1.ts'] : ['m/1.ts']
      assert.deepEqual(files, [...first, 'm/2.ts', 'm/3.ts', 'm/4.ts'], device)
      attempts.forEach(({ startedAt }, i) => {
        const before = attempts[i - 1]
        assert.ok(!before || startedAt >= before.startedAt + before.durationMs - 1)
      })
    }
  })

  it('--last-failed: runs what failed last time until it passes, then nothing', async () => {
    const made = project({ 'm/a.ts': good, 'm/b.ts': bad, 'm/c.ts': bad })
    const plan = async (): Promise<string> => (await made.run(['run', 'm', '--dry-run'])).stdout
    assert.match(await plan(), /3 modules, 3 devices; none ran before, so no forecast\./)
    assert.equal((await made.run(['run', 'm', '--retries', '1'])).exitCode, 1)
    const known = await plan()
    assert.match(known, /m\/a\.ts {2}about \d+\.\d s, passed 1 of 1$/m)
    assert.match(known, /m\/b\.ts {2}about \d+\.\d s, passed 0 of 1$/m)
    assert.match(known, /3 modules, 3 devices; forecast: \d+\.\d s\.$/m)

    made.write({ 'm/b.ts': good })
    assert.equal((await made.run(['run', '--last-failed'])).exitCode, 1)
    assert.deepEqual(verdictsOf(made), ['m/b.ts once passed', 'm/c.ts once failed'])
    rmSync(path.join(made.directory, 'm/c.ts'))
    const { exitCode, stderr } = await made.run(['run', 'm', '--last-failed', '--junit', 'junit.xml'])
    assert.equal(exitCode, 0)
    assert.equal(stderr, 'baton: m/c.ts failed last time, but no longer exists\nbaton: no module failed last time\n')
    assert.deepEqual(verdictsOf(made), [])
    assert.match(made.read('junit.xml'), /tests="0"/)
    assert.deepEqual(readdirSync(path.join(made.directory, '.baton')), ['.gitignore', 'history.json'])
  })

  it('--shard: runs every module in one shard, passes an empty shard, refuses an invalid value', async () => {
    // by their paths: two in the first, none in the second
    const made = project({ 'm/c.ts': good, 'm/d.ts': good })
    const ran: string[][] = []
    for (const shard of ['1/2', '2/2']) {
      const { exitCode, stderr } = await made.run(['run', 'm', '--shard', shard])
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, /^baton: shard . of 2: . of 2 modules, divided by path$/m)
      ran.push(verdictsOf(made))
    }
    assert.deepEqual(ran, [['m/c.ts once passed', 'm/d.ts once passed'], []])
    const { exitCode, stderr } = await made.run(['run', 'm', '--shard', '3/2'])
    assert.equal(exitCode, 2)
    assert.match(stderr, /expected i\/n with i from 1 to n/)
  })

  it('refuses --in-order without --every, and a role for every device that no module has', async () => {
    const made = project({ 'm/a.ts': good })
    for (const [args, expected] of [
      [['--in-order'], /--in-order needs --every\./],
      [['--every', '--every-role', 'a'], /no module of the run has this role/],
    ] as const) {
      const { exitCode, stderr } = await made.run(['run', 'm', ...args])
      assert.equal(exitCode, 2, args.join(' '))
      assert.match(stderr, expected)
    }
  })
})
