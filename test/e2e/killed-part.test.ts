import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft, commands, processBelow } from './support/processes.js'

describe('a part of the farm that is killed in the middle of a module', () => {
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
  async function killInTheMiddle(pidOf: (cli: number) => number): Promise<void> {
    const cli = project.start(['run', 'hit.ts', 'beside.ts', '--json', ...gates.args])
    await Promise.all([gates.arrival('hit'), gates.arrival('beside')])
    process.kill(pidOf(cli.pid), 'SIGKILL')
    gates.open('hit')
    gates.open('beside')
    const { exitCode, stderr } = await cli.done
    assert.deepEqual(cli.verdicts, { 'hit.ts': ['passed'], 'beside.ts': ['passed'] }, stderr)
    assert.equal(exitCode, 0)
    await assertNothingLeft(project)
  }

  it('a worker: its module runs again, and is lost with all reasons the third time; others continue', async () => {
    project.write({ 'doomed.ts': gateModule('doomed', 'bob') })
    const cli = project.start(['run', '*.ts', '--json', ...gates.args])
    const kill = async (gate: string, n: number) => process.kill((await gates.arrival(gate, n)).workerPid, 'SIGKILL')
    await kill('hit', 1)
    gates.open('hit')
    await gates.arrival('beside')
    gates.open('beside')
    for (const n of [1, 2, 3]) await kill('doomed', n)
    const { exitCode } = await cli.done
    assert.deepEqual(cli.verdicts, { 'hit.ts': ['passed'], 'beside.ts': ['passed'], 'doomed.ts': ['lost'] })
    assert.deepEqual([gates.count('hit'), gates.count('beside')], [2, 1])
    const { reasons } = await cli.event('module:end', event => event.verdict === 'lost')
    assert.deepEqual(reasons, Array(3).fill('its worker was killed by SIGKILL'))
    assert.equal(exitCode, 3)
    await assertNothingLeft(project)
  })

  it('Appium: both modules run again', async () => {
    await killInTheMiddle(cli => processBelow(cli, commands.appium).pid)
    assert.deepEqual([gates.count('hit'), gates.count('beside')], [2, 2])
  })

  it('the host: another one is started, and both modules run again', async () => {
    await killInTheMiddle(cli => processBelow(cli, commands.host).pid)
    assert.deepEqual([gates.count('hit'), gates.count('beside')], [2, 2])
  })
})
