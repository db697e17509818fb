import assert from 'node:assert/strict'
import type { RunEvent } from '../../src/event/run-event.js'
import type { RunningCli } from './baton-cli.js'
import { SharedFarm } from './support/shared-farm.js'

const any = (body: string): string => `
  export const devices = { device: ['platform=fake'] }
  it('x', async () => { ${body} })`

/** file, and its device where it stands for one → how it ended */
function endsOf({ events }: RunningCli): Record<string, string> {
  const ends = new Map(
    events.flatMap(event => (event.type === 'module:end' ? [[event.module, endOf(event)] as const] : [])),
  )
  const listed = events.flatMap(event => (event.type === 'run:start' ? event.modules : []))
  return Object.fromEntries(
    listed.map(({ id, file, device }) => [device === undefined ? file : `${file} ${device}`, ends.get(id) ?? '']),
  )
}

function endOf({ verdict, reasons }: Extract<RunEvent, { type: 'module:end' }>): string {
  return [verdict, ...(reasons ?? [])].join(': ')
}

describe('runs that share a farm share its history', () => {
  let farm: SharedFarm
  let ofBob: RunningCli
  before(async () => {
    farm = await SharedFarm.start({
      'fails.ts': any(`throw new Error('x')`),
      'quick-1.ts': any(''),
      'quick-2.ts': any(''),
    })
    const [, host] = await Promise.all([farm.host('h1', 'alice'), farm.host('h2', 'bob')])
    ofBob = host
  })
  after(() => farm[Symbol.asyncDispose]())

  it('divides by past durations, as the first shard did, even if they have changed since', async () => {
    await farm.run('*.ts').done
    const shards: Record<string, string>[] = []
    const said: (string | undefined)[] = []
    // one after the other, each changing the history for the next
    for (const shard of ['1/2', '2/2']) {
      const cli = farm.run('*.ts', '--shard', shard)
      const { stderr } = await cli.done
      shards.push(endsOf(cli))
      said.push(/divided by past durations \(division \w+/.exec(stderr)?.[0])
    }
    assert.deepEqual(shards.flatMap(Object.keys).toSorted(), ['fails.ts', 'quick-1.ts', 'quick-2.ts'])
    assert.ok(said[0] !== undefined && said[0] === said[1], said.join())
  })

  it('knows what failed last time, from any machine', async () => {
    const cli = farm.run('*.ts', '--last-failed')
    assert.equal((await cli.done).exitCode, 1)
    assert.deepEqual(endsOf(cli), { 'fails.ts': 'failed' })
  })

  it('--every reports the devices that it did not reach, does not wait for them, and does not succeed', async () => {
    const cli = farm.run('quick-1.ts', '--every')
    assert.equal((await cli.done).exitCode, 0)
    assert.deepEqual(endsOf(cli), { 'quick-1.ts alice': 'passed', 'quick-1.ts bob': 'passed' })
    ofBob.child.kill('SIGKILL')
    await farm.until(async () => (await farm.redis.hget('{baton}:device:bob', 'state')) === 'offline', 'bob is offline')
    const without = farm.run('quick-*.ts', '--every')
    assert.equal((await without.done).exitCode, 3)
    const gone = 'not-run: bob is offline: host h2 vanished'
    assert.deepEqual(endsOf(without), {
      'quick-1.ts alice': 'passed',
      'quick-1.ts bob': gone,
      'quick-2.ts alice': 'passed',
      'quick-2.ts bob': gone,
    })
    const only = farm.run('quick-1.ts', '--every', 'host=h2')
    assert.equal((await only.done).exitCode, 3)
    assert.deepEqual(endsOf(only), { 'quick-1.ts bob': gone })

    const redis = ['--redis', `unix://${farm.server.socket}`]
    const detached = await farm.project.run(['run', 'quick-1.ts', '--every', '--detach', ...redis])
    const follower = farm.project.start(['follow', detached.stdout.trim(), '--json', ...redis])
    assert.equal((await follower.done).exitCode, 3)
    assert.deepEqual(endsOf(follower), { 'quick-1.ts alice': 'passed', 'quick-1.ts bob': gone })
  })
})
