import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { Project } from './baton-cli.js'
import { raceOnFakeDevices } from './support/fake-race.js'
import { GateKeeper } from './support/gate.js'

/** Stands at a gate before each iteration. */
const race = raceOnFakeDevices('GATE', "'/race'")

describe('an exploration that is disturbed', () => {
  let project: Project
  let gates: GateKeeper
  beforeEach(async () => {
    gates = await GateKeeper.start()
    const fake = { driver: 'fake', reset: 'none', labels: ['phone'] }
    const devices = ['a', 'b'].map(name => ({ name, ...fake }))
    project = new Project({ 'race.ts': race, 'devices.json': { devices } })
  })
  afterEach(async () => {
    project.remove()
    await gates[Symbol.asyncDispose]()
  })

  const explore = (...args: string[]) =>
    project.start(['explore', 'race.ts', '--seed', '1', '--strategy', 'random', '--json', ...args, ...gates.args])

  it('reports what it found, although a schedule can not be written', async () => {
    const run = explore('--iterations', '20')
    const { run: id } = await run.event('run:start')
    await gates.arrival('race')
    project.write({ [`baton-report/${id}/schedules`]: 'in the way' })
    gates.open('race')
    const { exitCode, stderr } = await run.done
    assert.equal(exitCode, 1, stderr)
    assert.match(stderr, /^host local \(worker 1\) minimised it to 1 hold/m)
    assert.match(stderr, new RegExp(`baton-report/${id}/schedules'?`))
    const { stdout } = await project.run(['report', 'baton-report/latest'])
    assert.match(stdout, /^ {2}found 1 bug: 1 of \d+ iterations failed/m)
    assert.match(
      stdout,
      /hold alice's setOrientation \(race\.ts:7\) until bob's 2nd setOrientation has run \(race\.ts:7\)/,
    )
  })

  it('keeps what it found when it is interrupted or killed', async () => {
    gates.open('race')
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const run = explore('--minutes', '5', '--all')
      await run.errorText('saved schedule ')
      run.child.kill(signal)
      const { exitCode } = await run.done
      assert.equal(exitCode, signal === 'SIGINT' ? 130 : null)
      assert.ok(existsSync(path.join(project.directory, 'baton-report/latest/schedules/race-1-1.schedule.json')))
      const { stdout } = await project.run(['report', 'baton-report/latest'])
      assert.match(stdout, /^ {2}found 1 bug: \d+ of \d+ iterations failed/m)
    }
  })
})
