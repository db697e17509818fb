import assert from 'node:assert/strict'
import { packageFile } from '../../src/process/package-root.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { Project } from './baton-cli.js'
import { assertNothingLeft } from './support/processes.js'

const servers = {
  chat: { command: `node ${packageFile('test', 'apps', 'chat', 'server.mjs')}`, ready: '/health' },
}
const chatApp = { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' }
const sample = packageFile('test', 'android', 'chat.ts')

describe('Android', function () {
  let phones: Phones
  before(async () => {
    phones = await startPhones({ count: 2 })
  })
  after(async () => phones.stop())

  const phone = (name: string, at = 0): object => ({
    name,
    driver: 'android',
    udid: phones.phones[at]?.serial,
    adb: { port: phones.adbPort },
    capabilities: chatApp,
  })
  const browser = (name: string): object => ({ name, driver: 'chromium', emulate: 'Pixel 7' })

  for (const [on, devices] of [
    ['alice', () => [phone('alice'), browser('bob')]],
    ['bob', () => [browser('alice'), phone('bob')]],
  ] as const) {
    it(`and a browser talk to each other, ${on} on the phone`, async () => {
      const project = new Project({ 'devices.json': { devices: devices(), servers } })
      try {
        const cli = project.start(['run', sample, '--json'], phones.adbServer?.env)
        const { exitCode, stderr } = await cli.done
        assert.equal(exitCode, 0, stderr + JSON.stringify(cli.events.filter(({ type }) => type === 'test:end')))
        await assertNothingLeft(project)
        const { reverses, logcatReaders, automating } = (await phones.phones[0]?.status()) ?? {}
        assert.deepEqual({ reverses, logcatReaders, automating }, { reverses: [], logcatReaders: 0, automating: false })
        assert.equal(await phones.adbServer?.adb('forward', '--list'), '\n')
      } finally {
        project.remove()
      }
    })
  }
})
