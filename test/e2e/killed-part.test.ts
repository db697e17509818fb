import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft, commands, processBelow } from './support/processes.js'

describe('a part of the farm is killed in mid-module', () => {
  let gates: GateKeeper
  let project: Project
  beforeEach(async () => {
    gates = await GateKeeper.start()
    project = new Project({
      'devices.json': fakeFarm('alice', 'bob'),
      'hit.ts': gateModule('hit', 'alice'),
      'beside.ts': gateModule('beside', 'bob'),
    })
  })
  afterEach(async () => {
    await gates[Symbol.asyncDispose]()
    project.remove()
  })

  /** Kills once both modules are in the middle, then lets both go on. */
  async function killInTheMiddle(pidOf: (cli: number, worker: number) => number): Promise<void> {
    const cli = project.start(['run', 'hit.ts', 'beside.ts', '--json', ...gates.args])
    const [{ workerPid }] = await Promise.all([gates.arrival('hit'), gates.arrival('beside')])
    process.kill(pidOf(cli.pid, workerPid), 'SIGKILL')
    gates.open('hit')
    gates.open('beside')
    const { exitCode, stderr } = await cli.done
    assert.deepEqual(cli.verdicts, { 'hit.ts': ['passed'], 'beside.ts': ['passed'] }, stderr)
    assert.equal(exitCode, 0)
    await assertNothingLeft(project)
  }

  it('a worker: its module runs again, the other one goes on', async () => {
    await killInTheMiddle((_, worker) => worker)
    assert.deepEqual([gates.count('hit'), gates.count('beside')], [2, 1])
  })

  it('a worker, three times: its module is lost, with all three reasons, and the other one passes', async () => {
    const cli = project.start(['run', 'hit.ts', 'beside.ts', '--json', ...gates.args])
    gates.open('beside')
    for (const n of [1, 2, 3]) process.kill((await gates.arrival('hit', n)).workerPid, 'SIGKILL')
    const { exitCode } = await cli.done
    assert.deepEqual(cli.verdicts, { 'hit.ts': ['lost'], 'beside.ts': ['passed'] })
    const { reasons } = await cli.event('module:end', event => event.verdict === 'lost')
    assert.deepEqual(reasons, Array(3).fill('its worker was ended by SIGKILL'))
    assert.equal(exitCode, 3)
  })

  it('Appium: both modules run again', async () => {
    await killInTheMiddle(cli => processBelow(cli, commands.appium).pid)
    assert.deepEqual([gates.count('hit'), gates.count('beside')], [2, 2])
  })

  it('the host: it is started again, and both modules run again', async () => {
    await killInTheMiddle(cli => processBelow(cli, commands.host).pid)
    assert.deepEqual([gates.count('hit'), gates.count('beside')], [2, 2])
  })
})
