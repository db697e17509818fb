import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft, commands, processBelow } from './support/processes.js'
import { ownerTtl, ownerTtlMs, SharedFarm } from './support/shared-farm.js'

const modules = { 'a-stands.ts': gateModule('stands', 'alice'), 'b-waits.ts': gateModule('waits', 'alice') }
const notRun = { 'a-stands.ts': ['not-run'], 'b-waits.ts': ['not-run'] }

describe('Redis lost in the middle of a module', () => {
  let gates: GateKeeper
  beforeEach(async () => (gates = await GateKeeper.start()))
  afterEach(() => gates[Symbol.asyncDispose]())

  it('private and killed: the run ends at once with the reason, and leaves nothing behind', async () => {
    const project = new Project({ 'devices.json': fakeFarm('alice'), ...modules })
    try {
      const cli = project.start(['run', '*.ts', '--json', ...gates.args])
      await gates.arrival('stands')
      process.kill(processBelow(cli.pid, commands.redis).pid, 'SIGKILL')
      const { exitCode, stderr } = await cli.done
      assert.equal(exitCode, 3)
      assert.deepEqual(cli.verdicts, notRun)
      assert.match(stderr, /^BATON_REDIS: the private Redis of this run ended/m)
      await assertNothingLeft(project)
    } finally {
      project.remove()
    }
  })

  it('shared and restarted with its data: the run continues', async () => {
    await using farm = await SharedFarm.start(modules)
    await farm.host('h1', 'alice')
    const cli = farm.run('*.ts', ...gates.args)
    await gates.arrival('stands')
    await farm.server.restart()
    await cli.errorText('reconnected to Redis')
    gates.open('stands')
    gates.open('waits')
    const { exitCode, stderr } = await cli.done
    assert.deepEqual(cli.verdicts, { 'a-stands.ts': ['passed'], 'b-waits.ts': ['passed'] }, stderr)
    assert.equal(exitCode, 0)
  })

  it('shared and silent: the run reports it and ends, and its host can be stopped', async () => {
    await using farm = await SharedFarm.start(modules)
    const host = await farm.host('h1', 'alice')
    const cli = farm.run('*.ts', ...ownerTtl, ...gates.args)
    await gates.arrival('stands')
    process.kill(farm.server.pid, 'SIGSTOP')
    const { exitCode, stderr } = await cli.done
    assert.equal(exitCode, 3)
    assert.deepEqual(cli.verdicts, notRun)
    assert.match(stderr, new RegExp(`^BATON_REDIS: Redis has not answered for ${ownerTtlMs} ms`, 'm'))

    host.child.kill('SIGTERM')
    assert.equal((await host.done).exitCode, 0)
    await assertNothingLeft(farm.project)
  })

  it('shared and restarted empty: the run ends, and its host serves the next run with a new host', async () => {
    await using farm = await SharedFarm.start({ ...modules, 'next.ts': gateModule('next', 'alice', 'bob') })
    await farm.host('h1', 'alice')
    const cli = farm.run('?-*.ts', ...ownerTtl, ...gates.args)
    await gates.arrival('stands')
    await farm.server.restartEmpty()
    const { exitCode, stderr } = await cli.done
    assert.equal(exitCode, 3)
    assert.deepEqual(cli.verdicts, notRun)
    assert.match(
      stderr,
      /lost the connection to Redis.*reconnected to Redis.*BATON_REDIS: the run is no longer in Redis/s,
    )
    gates.open('next')
    await farm.until(async () => (await farm.redis.scard('{baton}:free')) === 1, 'the host has joined anew')
    await farm.host('h2', 'bob')
    const next = await farm.run('next.ts', ...gates.args).done
    assert.equal(next.exitCode, 0, next.stdout + next.stderr)
  })

  it('shared and restarted without its last writes: lost modules are added again', async () => {
    const files = { ...modules, 'c-lost.ts': gateModule('lost', 'bob'), 'd-lost.ts': gateModule('lost', 'bob') }
    await using farm = await SharedFarm.start(files, '--appendonly', 'yes', '--appendfsync', 'always')
    await farm.host('h1', 'alice', 'bob')
    const cli = farm.run('*.ts', ...gates.args)
    await gates.arrival('lost')
    // The jobs of the second queue were added last.
    await farm.server.restartWithoutTail('c-lost.ts')
    for (const gate of ['stands', 'waits', 'lost']) gates.open(gate)
    const { exitCode, stderr } = await cli.done
    const passed = Object.fromEntries(Object.keys(files).map(file => [file, ['passed']]))
    assert.deepEqual(cli.verdicts, passed, stderr)
    assert.match(stderr, /Redis lost the jobs of 2 modules; they were added again/)
    assert.equal(exitCode, 0)
  })
})
