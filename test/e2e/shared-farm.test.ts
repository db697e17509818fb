import assert from 'node:assert/strict'
import type { RunningCli } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { ownerTtl, SharedFarm } from './support/shared-farm.js'

const onAny = (gate: string): string => `${gateModule(gate)}export const devices = { device: ['platform=fake'] }\n`

describe('a farm that hosts and runs share', () => {
  let farm: SharedFarm
  let gates: GateKeeper
  const hosts: Record<string, RunningCli> = {}
  before(async () => {
    farm = await SharedFarm.start({
      'on-alice.ts': gateModule('alice', 'alice'),
      'both.ts': gateModule('both', 'alice', 'bob'),
      'any.ts': onAny('any'),
      'waits-1.ts': gateModule('waits', 'alice'),
      'waits-2.ts': gateModule('waits', 'alice'),
      ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`big-${i}.ts`, onAny('big')])),
      'small-1.ts': onAny('small'),
      'small-2.ts': onAny('small'),
    })
    await Promise.all([
      farm.host('h1', 'alice').then(host => (hosts['h1'] = host)),
      farm.host('h2', 'bob').then(host => (hosts['h2'] = host)),
    ])
  })
  after(() => farm[Symbol.asyncDispose]())
  beforeEach(async () => (gates = await GateKeeper.start()))
  afterEach(() => gates[Symbol.asyncDispose]())

  const hostNamed = (name: string): RunningCli => {
    const host = hosts[name]
    assert.ok(host)
    return host
  }

  it('gives its devices to two concurrent runs in turn, so that the small one is served early', async () => {
    const big = farm.run('big-*.ts', ...gates.args)
    await Promise.all([gates.arrival('big'), gates.arrival('big', 2)])
    const small = farm.run('small-*.ts', ...gates.args)
    const { run } = await small.event('run:start')
    const waiting = async () => (await farm.redis.keys(`*q-${run}-*:m-*`)).length
    await farm.until(async () => (await waiting()) === 2, 'both small modules wait')
    gates.open('big')
    gates.open('small')
    const ends = await Promise.all([big.done, small.done])
    assert.deepEqual(
      ends.map(end => end.exitCode),
      [0, 0],
    )
    const executions = [...executionsOf(big), ...executionsOf(small)].toSorted((a, b) => a.from - b.from)
    assert.equal(executions.length, 10)
    for (const device of ['alice', 'bob']) {
      const own = executions.filter(execution => execution.device === device)
      own.forEach(({ from }, i) => assert.ok(from >= (own[i - 1]?.to ?? 0), `${device} served two modules at a time`))
    }
    // As they were granted: a host that stands still begins later what was its turn.
    const granted = executions.toSorted((a, b) => a.lease - b.lease)
    const order = granted.map(({ module }) => module.slice(0, 3)).join(' ')
    assert.ok(order.lastIndexOf('sma') < order.length - 'big big big'.length, `the small run waited behind: ${order}`)
  })

  it('runs a module on devices of two hosts, and again if the host of its remote device is killed', async () => {
    const cli = farm.run('both.ts', ...gates.args)
    const { host: lead } = await cli.event('attempt:start')
    await gates.arrival('both')
    const [deputy, device] = lead === 'h1' ? (['h2', 'bob'] as const) : (['h1', 'alice'] as const)
    hostNamed(deputy).child.kill('SIGKILL')
    await hostNamed(deputy).done
    gates.open('both')
    hosts[deputy] = await farm.host(deputy, device)
    const { exitCode, stderr } = await cli.done
    assert.deepEqual(cli.verdicts, { 'both.ts': ['passed'] }, stderr)
    assert.equal(exitCode, 0)
  })

  it('requeues a module if its host is stopped at once, and runs it again when another host takes the name', async () => {
    const cli = farm.run('any.ts', ...gates.args)
    const { host: first } = await cli.event('attempt:start')
    await gates.arrival('any')
    hostNamed(first).child.kill('SIGTERM')
    await hostNamed(first).errorText('draining')
    hostNamed(first).child.kill('SIGTERM')
    assert.equal((await hostNamed(first).done).exitCode, 143)
    const { host: second } = await cli.event('attempt:start', event => event.host !== first)
    await gates.arrival('any', 2)
    const replaced = hostNamed(second)
    hosts[second] = await farm.host(second, second === 'h1' ? 'alice' : 'bob')
    assert.equal((await replaced.done).exitCode, 3, 'a newer process serves as that host')
    gates.open('any')
    const { exitCode, stderr } = await cli.done
    assert.deepEqual(cli.verdicts, { 'any.ts': ['passed'] }, stderr)
    assert.equal(exitCode, 0)
    hosts[first] = await farm.host(first, first === 'h1' ? 'alice' : 'bob')
  })

  it('runs a module elsewhere if its host is suspended, and records it once when the host resumes', async () => {
    const cli = farm.run('any.ts', ...gates.args)
    const { host: lead, devices } = await cli.event('attempt:start')
    await gates.arrival('any')
    hostNamed(lead).child.kill('SIGSTOP')
    try {
      const elsewhere = await cli.event('attempt:start', event => event.host !== lead)
      assert.notDeepEqual(elsewhere.devices, devices)
      await gates.arrival('any', 2)
      hostNamed(lead).child.kill('SIGCONT')
      await cli.event('device:state', event => event.host === lead && event.state === 'checking')
      gates.open('any')
      const { exitCode, stderr } = await cli.done
      assert.deepEqual(cli.verdicts, { 'any.ts': ['passed'] }, stderr)
      assert.equal(exitCode, 0)
    } finally {
      hostNamed(lead).child.kill('SIGCONT')
    }
    const both = farm.run('both.ts', '--env', 'GATE=data:text/plain,')
    assert.equal((await both.done).exitCode, 0, 'the host that woke serves its device again')
  })

  it('removes a run whose process is killed, and its devices serve the next one', async () => {
    const cli = farm.run('on-alice.ts', 'waits-*.ts', ...ownerTtl, ...gates.args)
    const { run } = await cli.event('run:start')
    await gates.arrival('alice')
    cli.child.kill('SIGKILL')
    await cli.done
    await farm.until(async () => (await farm.keysOf(run)).length === 1, 'only the stream of the run is left')
    const [stream = ''] = await farm.keysOf(run)
    assert.match(stream, /:events$/)
    assert.ok((await farm.redis.pttl(stream)) > 0, 'and it expires')
    assert.deepEqual(
      (await farm.runKeys()).filter(key => key !== stream),
      [],
    )
    gates.open('alice')
    assert.equal((await farm.run('on-alice.ts', ...gates.args).done).exitCode, 0)
    assert.equal(gates.count('waits'), 0)
  })

  it('makes modules lost, with the reason, if no host is left to serve them', async () => {
    const cli = farm.run('on-alice.ts', ...gates.args, ...ownerTtl, '--wait-timeout', '500')
    await gates.arrival('alice')
    for (const host of Object.values(hosts)) host.child.kill('SIGKILL')
    const { exitCode } = await cli.done
    assert.deepEqual(cli.verdicts, { 'on-alice.ts': ['lost'] })
    const { reasons } = await cli.event('module:end')
    assert.match(String(reasons), /alice is offline \(host h1 vanished\)/)
    assert.equal(exitCode, 3)
    const { run } = await cli.event('run:start')
    assert.deepEqual(await farm.keysOf(run), [])
  })
})

interface Execution {
  module: string
  /** Grows from grant to grant. */
  lease: number
  device: string
  from: number
  to: number
}

/** When each device served a module, as the run's events say. */
function executionsOf({ events }: RunningCli): Execution[] {
  const files = new Map(
    events.flatMap(event => (event.type === 'run:start' ? event.modules : [])).map(({ id, file }) => [id, file]),
  )
  return events.flatMap(start => {
    if (start.type !== 'attempt:start') return []
    const end = events.find(event => event.type === 'attempt:end' && event.lease === start.lease)
    return Object.values(start.devices).map(device => ({
      module: files.get(start.module) ?? '',
      lease: Number(start.lease),
      device,
      from: start.at,
      to: end?.at ?? Infinity,
    }))
  })
}
