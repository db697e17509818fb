import assert from 'node:assert/strict'
import { eventually } from '../integration/process/alive.js'
import { fakeFarm, Project, type RunningCli } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft } from './support/processes.js'
import { SharedFarm } from './support/shared-farm.js'

const modules = {
  'a-passes.ts': `export const devices = { device: 'alice' }\nit('passes', () => {})`,
  'b-stands.ts': gateModule('stands', 'alice'),
  'c-waits.ts': gateModule('waits', 'alice'),
}
const stoppedVerdicts = { 'a-passes.ts': ['passed'], 'b-stands.ts': ['not-run'], 'c-waits.ts': ['not-run'] }

/** Sends the second signal once the first one has been heard. */
async function interruptTwice(cli: RunningCli): Promise<void> {
  cli.child.kill('SIGINT')
  await cli.errorText('press Ctrl-C again to force quit')
  cli.child.kill('SIGINT')
}

describe('a run that is stopped', () => {
  let gates: GateKeeper
  beforeEach(async () => (gates = await GateKeeper.start()))
  afterEach(() => gates[Symbol.asyncDispose]())

  describe('on its own farm', () => {
    let project: Project
    beforeEach(() => (project = new Project({ 'devices.json': fakeFarm('alice'), ...modules })))
    afterEach(() => project.remove())

    it('by one SIGINT: reports what is known, the rest is not run', async () => {
      const cli = project.start(['run', '*.ts', '--json', ...gates.args])
      await gates.arrival('stands')
      cli.child.kill('SIGINT')
      const { exitCode } = await cli.done
      assert.equal(exitCode, 130)
      assert.deepEqual(cli.verdicts, stoppedVerdicts)
      const end = project.events().at(-1)
      assert.deepEqual(end?.type === 'run:end' && [end.exitCode, end.interrupted], [130, 'SIGINT'])
      assert.match(project.read('baton-report/latest/junit.xml'), /c-waits/)
      await assertNothingLeft(project)
    })

    it('by two: exits at once, and ends what it started', async () => {
      const cli = project.start(['run', '*.ts', '--json', ...gates.args])
      await gates.arrival('stands')
      await interruptTwice(cli)
      const { exitCode } = await cli.done
      assert.equal(exitCode, 130)
      await assertNothingLeft(project)
    })

    for (const times of ['once', 'twice'] as const) {
      it(`${times} while farm and servers are still starting`, async () => {
        const command = `node -e "fetch(process.env.GATE + '/starting?pid=' + process.pid)"`
        const [, gate] = gates.args
        project.write({
          'devices.json': {
            ...fakeFarm('alice'),
            servers: { slow: { command: `${gate.replace('=', "='")}' ${command}`, ready: 'never said' } },
          },
        })
        const cli = project.start(['run', '*.ts', '--json'])
        await gates.arrival('starting')
        if (times === 'twice') await interruptTwice(cli)
        else cli.child.kill('SIGINT')
        const { exitCode, stderr } = await cli.done
        assert.equal(exitCode, 130, stderr)
        await assertNothingLeft(project)
      })
    }
  })

  describe('on a shared farm', () => {
    let farm: SharedFarm
    before(async () => {
      farm = await SharedFarm.start({ ...modules, 'next.ts': modules['a-passes.ts'] })
      await farm.host('h1', 'alice')
    })
    after(() => farm[Symbol.asyncDispose]())

    for (const how of ['by one SIGTERM', 'by two SIGINT'] as const) {
      it(`${how}: leaves nothing in Redis, and the farm serves the next run`, async () => {
        const cli = farm.run('?-*.ts', '--owner-ttl', '5000', ...gates.args)
        await gates.arrival('stands')
        if (how === 'by two SIGINT') {
          await interruptTwice(cli)
          assert.equal((await cli.done).exitCode, 130)
        } else {
          cli.child.kill('SIGTERM')
          assert.equal((await cli.done).exitCode, 143)
          assert.deepEqual(cli.verdicts, stoppedVerdicts)
        }

        assert.equal((await farm.run('next.ts').done).exitCode, 0)
        // The second signal does not wait for a slow Redis: if it is busy, hosts remove the rest.
        await eventually('nothing of the runs is left', async () => (await farm.runKeys()).length === 0)
      })
    }
  })
})
