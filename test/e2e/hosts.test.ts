import assert from 'node:assert/strict'
import { eventually } from '../integration/process/alive.js'
import { RedisServer } from '../support/redis-server.js'
import { fakeFarm, Project, type RunningCli } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const lab1 = {
  devices: [
    { name: 'alice', driver: 'fake', reset: 'none', labels: ['phone'] },
    { name: 'bob', driver: 'fake', reset: 'none', labels: ['phone'] },
  ],
}

const modules = {
  'modules/two.ts': `
    import { useDevice } from 'baton'
    it('passes', async () => { await useDevice('alice'); await useDevice('carol') })`,
  'modules/label.ts': `
    export const devices = { t: ['tablet'] }
    it('passes', () => {})`,
  'modules/env.ts': `it('greets', () => { console.log('greeting: ' + process.env.GREETING) })`,
  'machine/machine.ts': `
    it('shows its environment', () => {
      for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'USER']) console.log(name + ' ' + process.env[name])
    })`,
  'bad/nobody.ts': `
    import { useDevice } from 'baton'
    it('x', () => useDevice('karol'))`,
  'slow/slow.ts': `
    import { useDevice } from 'baton'
    it('waits to be stopped', async () => {
      await useDevice('alice')
      await new Promise(resolve => setTimeout(resolve, 60_000))
    })`,
}

const labPath = `${process.env['PATH'] ?? ''}:/opt/lab`

describe('baton host and baton devices', () => {
  let redis: RedisServer
  let lab: Project
  let desk: Project
  let url: string[]
  const hosts: RunningCli[] = []

  async function host(...args: string[]): Promise<void> {
    const running = lab.start(['host', ...url, ...args], { PATH: labPath, HOME: '/home/lab', LANG: 'C', USER: 'lab' })
    hosts.push(running)
    await running.line('baton host: ready')
  }

  before(async () => {
    redis = await RedisServer.start()
    url = ['--redis', `unix://${redis.socket}`]
    lab = new Project({
      'devices.json': lab1,
      'more.json': { devices: [{ name: 'carol', driver: 'fake', reset: 'none', labels: ['tablet'] }] },
      'taken.json': fakeFarm('bob'),
    })
    desk = new Project({
      ...modules,
      'settings.json': { devices: [{ name: 'unused', driver: 'android', udid: 'X' }], env: ['GREETING=hi'] },
    })
    await host('--name', 'lab-1')
    await host('--name', 'lab-2', '--devices', 'more.json')
  })
  after(async () => {
    for (const { child } of hosts) if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await Promise.all(hosts.map(running => running.done))
    await redis[Symbol.asyncDispose]()
    lab.remove()
    desk.remove()
  })

  const devices = async (): Promise<string[]> =>
    (await desk.run(['devices', ...url])).stdout.trimEnd().split('\n').slice(1)
  const run = async (...args: string[]): Promise<RunOutcome> =>
    new RunOutcome(await desk.run(['run', ...args, ...url, '--json']))

  it('serve a farm, and list its devices', async () => {
    // a host is ready when it has joined; its devices once their sessions are open
    const areIdle = async (): Promise<boolean> => (await devices()).every(line => / idle /.test(line))
    await eventually('all devices are idle', areIdle)
    assert.deepEqual(await devices(), [
      'alice   idle   fake    lab-1  driver=fake platform=fake phone host=lab-1',
      'bob     idle   fake    lab-1  driver=fake platform=fake phone host=lab-1',
      'carol   idle   fake    lab-2  driver=fake platform=fake tablet host=lab-2',
    ])
    const json = await desk.run(['devices', ...url, '--json'])
    const listed = JSON.parse(json.stdout) as { name: string; state: string; host: string; labels: string[] }[]
    assert.deepEqual(
      listed.map(({ name, state, host, labels }) => [name, state, host, labels.includes(`name=${name}`)]),
      [
        ['alice', 'idle', 'lab-1', true],
        ['bob', 'idle', 'lab-1', true],
        ['carol', 'idle', 'lab-2', true],
      ],
    )
  })

  it('refuse a device that another live host serves', async () => {
    const { exitCode, stderr } = await lab.run(['host', ...url, '--name', 'lab-3', '--devices', 'taken.json'])
    assert.equal(exitCode, 2)
    assert.match(stderr, /^BATON_DEVICE_TAKEN: .*'bob' is served by host 'lab-1'\nHINT: rename the device/)
  })

  it('run modules across hosts, without a devices.json of the run', async () => {
    const outcome = await run('modules')
    assert.equal(outcome.result.exitCode, 0, outcome.result.stdout)
    assert.deepEqual(outcome.module('modules/two.ts').devices, { alice: 'alice', carol: 'carol' })
    assert.deepEqual(outcome.module('modules/label.ts').devices, { t: 'carol' })
  })

  it('use setup files, environment and servers of the file that --devices names, but not its devices', async () => {
    const outcome = await run('modules/env.ts', '--devices', 'settings.json')
    assert.deepEqual(outcome.module('modules/env.ts').printed, ['greeting: hi'])
  })

  it('give modules the paths of the host that runs them, and the locale of the submitter', async () => {
    const deskEnv = { HOME: '/home/desk', TMPDIR: desk.temporary, LANG: 'C.UTF-8', TZ: 'Asia/Tokyo', USER: 'desk' }
    const args = ['run', 'machine/machine.ts', '--env', 'USER', ...url, '--json']
    const outcome = new RunOutcome(await desk.run(args, deskEnv))
    assert.deepEqual(outcome.module('machine/machine.ts').printed, [
      `PATH ${labPath}`,
      'HOME /home/lab',
      `TMPDIR ${lab.temporary}`,
      'LANG C.UTF-8',
      'TZ Asia/Tokyo',
      'USER desk',
    ])
  })

  it('exit when stopped, even if something is left open', async () => {
    lab.write({
      'solo.json': fakeFarm('solo'),
      'leak.mjs': `if (process.argv[1]?.endsWith('cli/main.js')) setInterval(() => {}, 1_000_000)`,
    })
    const args = ['host', ...url, '--name', 'lab-3', '--devices', 'solo.json']
    const running = lab.start(args, { NODE_OPTIONS: `--import ${lab.directory}/leak.mjs` })
    await running.line('baton host: ready')
    running.child.kill('SIGINT')
    const { exitCode, signal } = await running.done
    assert.deepEqual({ exitCode, signal }, { exitCode: 0, signal: null })
    assert.equal((await desk.run(['devices', ...url, '--forget', 'lab-3'])).exitCode, 0)
  })

  it('check names against the registry', async () => {
    const { result } = await run('bad')
    assert.equal(result.exitCode, 2)
    assert.match(
      result.stderr,
      /^BATON_NEEDS_IMPOSSIBLE: bad\/nobody\.ts:3:\d+: .*\(known: alice, bob, carol\)\.\nHINT: did you mean 'carol'\?/,
    )
  })

  it('show what runs on each device, and nothing after a run was stopped', async () => {
    const slow = desk.start(['run', 'slow', ...url, '--json'])
    await slow.event('test:start')
    const [alice = ''] = await devices()
    assert.match(alice, /^alice +leased .* slow\/slow\.ts as alice \(run \d{8}-\d{6}-\w+\)$/)
    slow.child.kill('SIGINT')
    const stopped = new RunOutcome(await slow.done)
    assert.equal(stopped.result.exitCode, 130)
    assert.equal(stopped.module('slow/slow.ts').verdict, 'not-run')
    assert.deepEqual(stopped.module('slow/slow.ts').reasons, ['the run was stopped by SIGINT'])
    const keys = await redis.connect().keys('*')
    assert.deepEqual(
      keys.filter(key => key.includes(stopped.run)),
      [],
    )
  })

  it('continue without a host that leaves; modules that wait for its devices get the reason', async () => {
    const [first] = hosts
    first?.child.kill('SIGTERM')
    assert.equal((await first?.done)?.exitCode, 0)
    assert.match((await devices())[0] ?? '', /^alice +offline .* host lab-1 has stopped$/)
    const outcome = await run('modules', '--wait-timeout', '1000')
    assert.deepEqual(outcome.verdicts, {
      'modules/env.ts': 'passed',
      'modules/label.ts': 'passed',
      'modules/two.ts': 'lost',
    })
    assert.equal(outcome.result.exitCode, 3)
    assert.deepEqual(outcome.module('modules/two.ts').reasons, [
      "no online device matches: role 'alice' asks for alice: alice is offline (host lab-1 has stopped)",
    ])
  })
})
