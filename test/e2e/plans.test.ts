import assert from 'node:assert/strict'
import type { RunEvent } from '../../src/event/run-event.js'
import { packageFile } from '../../src/process/package-root.js'
import type { RunRecord } from '../../src/report/run-record.js'
import { runStreamKey } from '../../src/lease/protocol/keys.js'
import { fakeFarm, Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { SharedFarm } from './support/shared-farm.js'

const passes = `it('passes', () => {})\n`
const fails = `it('fails', () => { throw new Error('no') })\n`
/** Says what it sees of the environment. */
const tells = `it('tells', () => { console.log('token ' + process.env.TOKEN + ', place ' + process.env.PLACE) })\n`

/** Modules in the order in which they began, with their suites. */
function begun(events: readonly RunEvent[]): string[] {
  const names = new Map(
    events
      .flatMap(event => (event.type === 'run:start' ? event.modules : []))
      .map(({ id, file, suite }) => [id, `${suite}: ${file}`]),
  )
  return events.flatMap(event => (event.type === 'attempt:start' ? [names.get(event.module) ?? ''] : []))
}

describe('baton run --plan', () => {
  let project: Project
  before(() => {
    project = new Project({
      'devices.json': fakeFarm('alice', 'bob'),
      'suites/passes.ts': passes,
      'suites/fails.ts': fails,
      'suites/tells.ts': tells,
    })
  })
  after(() => project.remove())

  it('runs suites in order, each with its devices and environment; one file may be in two', async () => {
    project.write({
      'suites/plan.json': {
        env: { TOKEN: '${env:SECRET_TOKEN}', PLACE: 'here' },
        suites: [
          { name: 'last', modules: '*.ts', needs: ['first'], grep: 'passes|tells', devices: { device: 'bob' } },
          {
            name: 'first',
            modules: ['tells.ts', 'passes.ts'],
            order: 'sequential',
            devices: { device: 'alice' },
            env: { PLACE: 'there' },
          },
        ],
      },
    })
    project.write({ 'suites/fails.ts': passes.replace('passes', 'is left out') })
    const env = { SECRET_TOKEN: 'hush-hush-1' }
    const { exitCode, stdout, stderr } = await project.run(['run', '--plan', 'suites/plan.json', '--verbose'], env)
    assert.equal(exitCode, 0, stdout + stderr)
    const events = project.events()
    const order = begun(events)
    assert.deepEqual(order.slice(0, 2), ['first: suites/tells.ts', 'first: suites/passes.ts'])
    assert.deepEqual(order.slice(2).toSorted(), [
      'last: suites/fails.ts',
      'last: suites/passes.ts',
      'last: suites/tells.ts',
    ])
    const record = JSON.parse(project.read('baton-report/latest/run.json')) as RunRecord
    assert.deepEqual(
      record.modules.map(({ suite, devices }) => [suite, devices['device']]),
      [...Array.from({ length: 3 }, () => ['last', 'bob']), ...Array.from({ length: 2 }, () => ['first', 'alice'])],
    )
    assert.match(stdout, /first › suites\/tells\.ts \| token \*\*\*, place there/)
    assert.match(stdout, /last › suites\/tells\.ts \| token \*\*\*, place here/)
    assert.ok(!JSON.stringify(events).includes(env.SECRET_TOKEN))
    const names = [...project.read('baton-report/latest/junit.xml').matchAll(/<testsuite name="([^"]+)"/g)].map(
      m => m[1],
    )
    assert.equal(names.length, 5)
    assert.equal(new Set(names).size, 5)
  })

  it('passes the plan that ships', async () => {
    const files = ['--plan', packageFile('plan.json'), '--devices', packageFile('devices.json')]
    const { exitCode, stdout, stderr } = await project.run(['run', ...files])
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, /Modules +5 passed \(5\)/)
    const suites = begun(project.events()).map(name => name.split(':')[0])
    assert.deepEqual(suites, ['first steps', 'first steps', 'first steps', 'tablets', 'tablets'])
  })

  it('skips suites that need a failed one, with the reason; options win over the plan', async () => {
    project.write({
      'suites/fails.ts': fails,
      'plan.json': {
        retries: 2,
        suites: [
          { name: 'first', modules: 'suites/fails.ts', on: 'name=alice' },
          { name: 'second', modules: 'suites/passes.ts', on: 'name=alice', needs: ['first'] },
          { name: 'beside', modules: 'suites/passes.ts', on: 'name=bob' },
        ],
      },
    })
    const { exitCode, stdout } = await project.run(['run', '--plan', 'plan.json', '--retries', '0'])
    assert.equal(exitCode, 1, stdout)
    assert.match(stdout, /suite 'second' needs suite 'first', which did not pass:\n +second › suites\/passes\.ts/)
    assert.match(stdout, /Modules +1 passed, 1 failed, 1 not run \(3\)/)
    assert.equal(begun(project.events()).length, 2)
    const ends = project.events().flatMap(event => (event.type === 'module:end' ? [event.verdict] : []))
    assert.ok(ends.indexOf('failed') < ends.indexOf('not-run'), 'the cause is told first')
  })

  it('--last-failed runs what failed, and all of the suites that it needs', async () => {
    const made = new Project({
      'devices.json': fakeFarm('alice', 'bob'),
      'a.ts': passes,
      'b.ts': passes,
      'c.ts': fails,
      'd.ts': passes,
      'plan.json': {
        suites: [
          { name: 'first', modules: ['a.ts', 'b.ts'], order: 'sequential' },
          { name: 'second', modules: ['d.ts', 'c.ts'], needs: ['first'], order: 'sequential' },
          { name: 'third', modules: 'd.ts' },
        ],
      },
    })
    try {
      assert.equal((await made.run(['run', '--plan', 'plan.json'])).exitCode, 1)
      made.write({ 'c.ts': passes })
      const again = await made.run(['run', '--plan', 'plan.json', '--last-failed'])
      assert.equal(again.exitCode, 0, again.stdout + again.stderr)
      assert.match(again.stderr, /baton: 1 module failed last time/)
      assert.deepEqual(begun(made.events()), ['first: a.ts', 'first: b.ts', 'second: c.ts'])
      const nothing = await made.run(['run', '--plan', 'plan.json', '--last-failed'])
      assert.equal(nothing.exitCode, 0)
      assert.match(nothing.stderr, /baton: no module failed last time/)
      const shard = await made.run(['run', '--plan', 'plan.json', '--shard', '1/2'])
      assert.equal(shard.exitCode, 2)
      assert.match(shard.stderr, /--shard can't divide a plan, because its suites have an order\.\nHINT: /)
    } finally {
      made.remove()
    }
  })

  it("reports a suite's grep that matches no test, after everything has run if a title is computed", async () => {
    const plan = (other: string): object => ({
      suites: [
        { name: 'mistyped', modules: ['suites/passes.ts', other], grep: 'pases' },
        { name: 'right', modules: ['suites/passes.ts', other], grep: 'passes' },
      ],
    })
    project.write({
      'suites/computed.ts': 'it(String.fromCodePoint(120), () => {})',
      'computed.json': plan('suites/computed.ts'),
      'plan.json': plan('suites/tells.ts'),
    })
    const [late, early] = await Promise.all([
      project.run(['run', '--plan', 'computed.json']),
      project.run(['run', '--plan', 'plan.json']),
    ])
    assert.match(late.stdout, /Modules +1 passed, 3 skipped \(4\)/)
    assert.equal(early.stdout, '')
    for (const [file, { exitCode, stdout, stderr }] of [
      ['computed', late],
      ['plan', early],
    ] as const) {
      assert.equal(exitCode, 2, stdout + stderr)
      const error = `BATON_USAGE: ${file}\\.json:9:7: 'grep' of suite 'mistyped' matches no test of 2 modules\nHINT: `
      assert.match(stderr, new RegExp(`^${error}`, 'm'))
      assert.ok(!stderr.includes("'right'"))
    }
  })

  it('refuses an unclear plan, with all errors at once', async () => {
    const both = await project.run(['run', '--plan', 'plan.json', 'suites/passes.ts'])
    assert.equal(both.exitCode, 2)
    assert.match(both.stderr, /BATON_USAGE: baton run: expected --plan or globs, found both: suites\/passes\.ts/)

    const gone = await project.run(['run', '--plan', 'plans.json'])
    assert.equal(gone.exitCode, 2)
    assert.match(
      gone.stderr,
      /BATON_CONFIG_MISSING: expected a plan in plans\.json, found no such file\.\nHINT: did you mean 'plan\.json'\?/,
    )

    project.write({
      'bad.json': {
        suites: [
          { name: 'a', modules: ['suites/pases.ts', 'suites/*.js'] },
          { name: 'b', modules: 'suites/*.ts', ordr: 'sequential', needs: ['c'] },
          { modules: ['nowhere/*.ts', 7, '${env:BATON_TEST_UNSET}'] },
        ],
      },
    })
    const bad = await project.run(['run', '--plan', 'bad.json'])
    assert.equal(bad.exitCode, 2)
    assert.match(
      bad.stderr,
      /BATON_NO_MODULES: bad\.json:6:9: suite 'a': no module matches 'suites\/pases\.ts'\.\nHINT: did you mean 'suites\/passes\.ts'\?/,
    )
    assert.match(bad.stderr, /BATON_NO_MODULES: bad\.json:7:9: suite 'a': no module matches 'suites\/\*\.js'/)
    const places = [...bad.stderr.matchAll(/^BATON_(\w+): bad\.json:(\d+):\d+: /gm)].map(m => `${m[1]} ${m[2]}`)
    assert.equal(
      places.join(', '),
      'NO_MODULES 6, NO_MODULES 7, CONFIG_INVALID 13, CONFIG_INVALID 15, CONFIG_INVALID 18, NO_MODULES 20, CONFIG_INVALID 21, ENV_MISSING 22',
      bad.stderr,
    )
  })
})

describe('a plan whose process is killed', () => {
  it('continues in order, and records once what is not run', async () => {
    const module = (gate: string): string => `${gateModule(gate)}export const devices = { device: ['platform=fake'] }\n`
    await using gates = await GateKeeper.start()
    await using farm = await SharedFarm.start({
      'a.ts': module('a'),
      'b.ts': module('b'),
      'c.ts': module('c'),
      'd.ts': module('d').replace('await fetch', "throw new Error('no'); await fetch"),
      'e.ts': module('e'),
    })
    farm.project.write({
      'plan.json': {
        suites: [
          { name: 'one', modules: ['a.ts', 'b.ts'], order: 'sequential' },
          { name: 'two', modules: ['c.ts', 'd.ts'], needs: ['one'] },
          { name: 'three', modules: ['e.ts'], needs: ['two'] },
        ],
      },
    })
    await farm.host('h1', 'alice', 'bob')
    const cli = farm.run('--plan', 'plan.json', ...gates.args)
    const { run } = await cli.event('run:start')
    await gates.arrival('a')
    cli.child.kill('SIGKILL')
    await cli.done

    gates.open('a')
    await gates.arrival('b')
    assert.equal(gates.count('c'), 0)
    gates.open('b')
    await gates.arrival('c')
    gates.open('c')
    const ended = async (): Promise<RunEvent[]> => {
      const entries = await farm.redis.xrange(runStreamKey('{baton}', run), '-', '+')
      return entries.map(([, fields]) => JSON.parse(fields[1] ?? '{}') as RunEvent)
    }
    await farm.until(async () => (await ended()).some(event => event.type === 'module:end'), 'a module is not run')
    const ends = (await ended()).filter(event => event.type === 'module:end')
    assert.deepEqual(
      ends.map(({ module, verdict, reasons }) => [module, verdict, reasons]),
      [['5', 'not-run', ["suite 'three' needs suite 'two', which did not pass"]]],
    )
    assert.equal(gates.count('e'), 0)
  })
})
