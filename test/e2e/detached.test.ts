import assert from 'node:assert/strict'
import type { RunRecord } from '../../src/report/run-record.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { SharedFarm } from './support/shared-farm.js'

const onAny = "export const devices = { device: ['platform=fake'] }\n"

describe('a detached run', () => {
  let farm: SharedFarm
  let gates: GateKeeper
  let redis: string[]
  before(async () => {
    farm = await SharedFarm.start({
      'a.ts': `console.log(process.env.TOKEN)\n${gateModule('a')}${onAny}`,
      'b.ts': `it('fails', () => { throw new Error('no') })\n${onAny}`,
      'c.ts': `it('passes', () => {})\n${onAny}`,
    })
    farm.project.write({
      'plan.json': {
        env: { TOKEN: '${env:SECRET_TOKEN}' },
        suites: [
          { name: 'one', modules: ['a.ts', 'b.ts'], order: 'sequential' },
          { name: 'two', modules: 'c.ts', needs: ['one'] },
        ],
      },
      'served.json': {
        devices: [{ name: 'x', driver: 'fake' }],
        servers: { shop: { command: 'true', ready: '/' } },
      },
    })
    redis = ['--redis', `unix://${farm.server.socket}`]
    await farm.host('h1', 'alice')
  })
  after(() => farm[Symbol.asyncDispose]())
  beforeEach(async () => (gates = await GateKeeper.start()))
  afterEach(() => gates[Symbol.asyncDispose]())

  const submit = async (...args: string[]): Promise<string> => {
    const cli = farm.project.start(['run', '--detach', ...args, ...redis, ...gates.args], {
      SECRET_TOKEN: 'hush-hush-1',
    })
    const { exitCode, stdout, stderr } = await cli.done
    assert.equal(exitCode, 0, stdout + stderr)
    return stdout.trim()
  }

  it('continues in its order without its process; every follower sees and reports all of it', async () => {
    const run = await submit('--plan', 'plan.json')
    await gates.arrival('a')
    const early = farm.project.start(['follow', run, ...redis, '--json'])
    await early.event('attempt:start')
    early.child.kill('SIGINT')
    const { exitCode: interrupted, stderr } = await early.done
    assert.equal(interrupted, 130)
    assert.match(stderr, /the run continues; to see it again from the start: baton follow/)
    gates.open('a')
    const durations = new Set<number>()
    for (const output of ['first', 'second']) {
      const followed = await farm.project.run(['follow', run, ...redis, '--output', output, '--verbose'])
      assert.equal(followed.exitCode, 1, followed.stdout + followed.stderr)
      assert.match(followed.stdout, /one › a\.ts \| \*\*\*/)
      const record = JSON.parse(farm.project.read(`${output}/${run}/run.json`)) as RunRecord
      durations.add(record.durationMs)
      assert.deepEqual(
        record.modules.map(({ file, verdict, reasons }) => [file, verdict, ...reasons]),
        [
          ['a.ts', 'passed'],
          ['b.ts', 'failed'],
          ['c.ts', 'not-run', "suite 'two' needs suite 'one', which did not pass"],
        ],
      )
    }
    assert.equal(durations.size, 1, 'how long it took is not how long ago it was')
    const [history] = await farm.redis.keys('{baton}:history:*[^d]')
    const pasts = Object.entries(await farm.redis.hgetall(history ?? '')).map(([file, past]) => {
      const { failed, results } = JSON.parse(past) as { failed: boolean; results: unknown[] }
      return [file, { failed, runs: results.length }]
    })
    assert.deepEqual(
      Object.fromEntries(pasts),
      { 'a.ts': { failed: false, runs: 1 }, 'b.ts': { failed: true, runs: 1 } },
      'the first who followed it to its end added it to the history',
    )
    const [lapses] = await farm.redis.zrangebyscore('{baton}:runs', Date.now(), Date.now() + 86_400_000)
    assert.equal(lapses, run, 'it is over, and kept for a day')
  })

  it('is cancelled with --cancel, and removed like any other', async () => {
    // the longest first, as the history has it
    const run = await submit('a.ts', 'b.ts', '--env', 'TOKEN=none')
    await gates.arrival('a')
    const { exitCode, stdout } = await farm.project.run(['follow', run, ...redis, '--cancel'])
    assert.equal(exitCode, 3)
    assert.match(stdout, /2 not run/)
    await farm.redis.zadd('{baton}:runs', 1, run) // the time for which it is kept has passed
    await farm.until(async () => (await farm.keysOf(run)).length === 1, 'only its stream is left')
    const gone = await farm.project.run(['follow', run, ...redis])
    assert.equal(gone.exitCode, 2)
    assert.match(gone.stderr, /BATON_RUN_UNKNOWN: the farm has no detached run/)
  })

  it('is not followed forever if Redis has lost it', async () => {
    const run = await submit('a.ts', '--env', 'TOKEN=none')
    await gates.arrival('a')
    const follower = farm.project.start(['follow', run, ...redis, '--json'])
    await follower.event('attempt:start')
    await farm.redis.del(...(await farm.keysOf(run)))
    const { exitCode, stderr } = await follower.done
    assert.equal(exitCode, 3)
    assert.match(stderr, /^BATON_REDIS: the run is no longer in Redis/m)
  })

  it('is refused with options that need the process to stay', async () => {
    const { exitCode, stderr } = await farm.project.run([
      'run',
      '--detach',
      '--bail',
      'a.ts',
      '--devices',
      'served.json',
    ])
    assert.equal(exitCode, 2)
    assert.match(stderr, /BATON_USAGE: baton run --detach: expected a shared farm/)
    assert.match(stderr, /BATON_USAGE: baton run --detach: expected no servers, found shop/)
    assert.match(stderr, /BATON_USAGE: baton run --detach: expected no --bail/)
  })
})
