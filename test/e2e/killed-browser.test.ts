import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft, commands, processBelow } from './support/processes.js'

describe('a browser that is killed in the middle of a module', () => {
  it('directly or with its ChromeDriver, is replaced: the module runs again', async () => {
    const gates = await GateKeeper.start()
    const project = new Project({
      'devices.json': { devices: ['alice', 'bob'].map(name => ({ name, driver: 'chromium', emulate: 'Pixel 7' })) },
      'browser.ts': gateModule('browser', 'alice'),
      'chromedriver.ts': gateModule('chromedriver', 'bob'),
    })
    try {
      const cli = project.start(['run', '*.ts', '--json', ...gates.args])
      await Promise.all([gates.arrival('browser'), gates.arrival('chromedriver')])
      const browserOf = (device: string) =>
        processBelow(cli.pid, new RegExp(`${commands.browser.source}\\S*/devices/${device}/`))
      const victims = [browserOf('alice').pid, browserOf('bob').parent]
      assert.match(processBelow(cli.pid, commands.appium).command, commands.appium)
      for (const pid of victims) process.kill(pid, 'SIGKILL')
      gates.open('browser')
      gates.open('chromedriver')
      const { exitCode, stderr } = await cli.done
      assert.deepEqual(cli.verdicts, { 'browser.ts': ['passed'], 'chromedriver.ts': ['passed'] }, stderr)
      assert.equal(exitCode, 0)
      assert.deepEqual([gates.count('browser'), gates.count('chromedriver')], [2, 2])
      await assertNothingLeft(project)
    } finally {
      await gates[Symbol.asyncDispose]()
      project.remove()
    }
  })
})
