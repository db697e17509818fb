/** Webviews of an app on simulated phones: real adb, Appium, UiAutomator2, ChromeDriver and Chromium. */
import assert from 'node:assert/strict'
import { packageFile } from '../../src/process/package-root.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { adbEnvironment } from '../support/phone-farm.js'
import { Project, type RunningCli } from './baton-cli.js'
import { assertNothingLeft } from './support/processes.js'

const servers = {
  chat: { command: `node ${packageFile('test', 'apps', 'chat', 'server.mjs')}`, ready: '/health' },
}
const hybridApp = { 'appium:appPackage': 'baton.hybrid', 'appium:appActivity': '.MainActivity' }
const sample = packageFile('test', 'android', 'hybrid.ts')

describe('webviews on Android', function () {
  this.timeout(120_000)
  let phones: Phones
  before(async () => {
    phones = await startPhones({ count: 2, hybrid: true })
  })
  after(async () => phones.stop())

  const phone = (name: string, at = 0): object => ({
    name,
    driver: 'android',
    udid: phones.phones[at]?.serial,
    adb: { port: phones.adbPort },
    capabilities: hybridApp,
  })
  const browser = (name: string): object => ({ name, driver: 'chromium', emulate: 'Pixel 7' })

  /** The end of a run: how it ended, and that nothing of it is left. */
  async function ended(project: Project, cli: RunningCli): Promise<number | null> {
    const { exitCode, stderr } = await cli.done
    if (exitCode !== 0 && stderr !== '') console.error(stderr)
    await assertNothingLeft(project)
    assert.equal(await phones.adbServer?.adb('forward', '--list'), '\n')
    return exitCode
  }

  for (const [what, devices] of [
    ['a browser', () => [phone('alice'), browser('bob')]],
    ['another webview', () => [phone('alice'), phone('bob', 1)]],
  ] as const) {
    it(`talk to ${what}`, async () => {
      const project = new Project({ 'devices.json': { devices: devices(), servers } })
      try {
        const cli = project.start(['run', sample, '--json'], adbEnvironment(phones))
        assert.equal(await ended(project, cli), 0, JSON.stringify(cli.events.filter(({ type }) => type === 'test:end')))
      } finally {
        project.remove()
      }
    })
  }
})
