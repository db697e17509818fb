import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { packageFile } from '../../src/process/package-root.js'
import { eventually } from '../integration/process/alive.js'
import { makeApk } from '../phone/apk/make-apk.js'
import type { PhoneClient } from '../phone/client.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { adbEnvironment } from '../support/phone-farm.js'
import { Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft } from './support/processes.js'

const servers = {
  chat: { command: `node ${packageFile('test', 'apps', 'chat', 'server.mjs')}`, ready: '/health' },
}
const chatApp = { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' }
const sample = packageFile('test', 'android', 'chat.ts')
const networkModule = `
  import { expect } from '@wdio/globals'
  import { network, useDevice } from 'baton'
  import { chat } from '${packageFile('test', 'android', 'pages', 'chat-page.ts')}'

  it('holds what one device hears, and cuts it off', async () => {
    const room = 'network-' + Date.now()
    await useDevice('alice')
    await chat().enter(room, 'Alice')
    await useDevice('bob')
    await chat().enter(room, 'Bob')
    await expect(chat().presence).toHaveText('2 here')

    const held = await network('alice').hold('received message')
    await chat().say('Hello')
    expect((await held.arrived()).text).toMatch(/Hello/)
    await useDevice('alice')
    await expect(chat().message('Hello')).not.toBeDisplayed()
    expect(await held.release()).toBe(1)
    await expect(chat().message('Hello')).toBeDisplayed()

    await network('alice').offline()
    await useDevice('bob')
    await expect(chat().presence).not.toHaveText('2 here')
  })`

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
  const isUnused = async (client: PhoneClient | undefined): Promise<boolean> => {
    const { reverses, logcatReaders, automating } = (await client?.status()) ?? {}
    return isDeepStrictEqual([reverses, logcatReaders, automating], [[], 0, false])
  }

  for (const [on, devices] of [
    ['alice', () => [phone('alice'), browser('bob')]],
    ['bob', () => [browser('alice'), phone('bob')]],
  ] as const) {
    it(`and a browser talk to each other, ${on} on the phone`, async () => {
      const project = new Project({ 'devices.json': { devices: devices(), servers }, 'network.ts': networkModule })
      try {
        const cli = project.start(['run', sample, 'network.ts', '--json'], adbEnvironment(phones))
        const { exitCode, stderr } = await cli.done
        assert.equal(exitCode, 0, stderr + JSON.stringify(cli.events.filter(({ type }) => type === 'test:end')))
        await assertNothingLeft(project)
        // what ends goes through adb, and may take a moment
        await eventually('nothing of it is left on the phone', async () => isUnused(phones.phones[0]))
        assert.equal(await phones.adbServer?.adb('forward', '--list'), '\n')
      } finally {
        project.remove()
      }
    })
  }

  it('serves one farm at a time: a second run learns which process has the phone', async () => {
    const gates = await GateKeeper.start()
    const project = new Project({
      'devices.json': { devices: [phone('alice')] },
      'gate.ts': gateModule('gate', 'alice'),
    })
    try {
      const first = project.start(['run', 'gate.ts', '--json', ...gates.args], adbEnvironment(phones))
      await gates.arrival('gate')
      // Another folder for temporary files, as a CI job may have, is no other machine.
      const elsewhere = path.join(project.directory, 'elsewhere')
      mkdirSync(elsewhere)
      const env = { ...adbEnvironment(phones), TMPDIR: elsewhere }
      const second = await project.run(['run', 'gate.ts', ...gates.args], env)
      assert.equal(second.exitCode, 2, second.stderr)
      assert.match(second.stderr, /BATON_DEVICE_TAKEN: .*serves another farm: process \d+ in/)
      gates.open('gate')
      assert.equal((await first.done).exitCode, 0)
    } finally {
      await gates[Symbol.asyncDispose]()
      project.remove()
    }
  })

  for (const [what, happens, summary, inLog] of [
    ['crash', async phone => phone.crashApp(), /alice: baton\.chat crashed: \S+/, /FATAL EXCEPTION/],
    [
      'hang',
      async phone => phone.hangApp(),
      /alice: baton\.chat does not respond \(ANR\): Input dispatching timed out/,
      /ANR in baton\.chat/,
    ],
  ] satisfies [string, (phone: PhoneClient) => Promise<void>, RegExp, RegExp][]) {
    it(`has the app of the run, and a ${what} of that app is named with the failure`, async () => {
      const gates = await GateKeeper.start()
      const { capabilities: _app, ...bare } = phone('alice') as { capabilities: object }
      const project = new Project({
        'devices.json': { devices: [bare] },
        'broken.ts': `import { $ } from '@wdio/globals'
          import { useDevice } from 'baton'
          it('goes on', async () => {
            await useDevice('alice')
            await $('~Your name').waitForDisplayed()
            await fetch(process.env.GATE + '/broken')
            await $('~Your name').getText()
          })`,
      })
      writeFileSync(path.join(project.directory, 'chat.apk'), makeApk({ versionCode: 77 }))
      try {
        const run = ['run', 'broken.ts', '--app', 'chat.apk', ...gates.args]
        const cli = project.start(run, adbEnvironment(phones))
        await gates.arrival('broken')
        const [first = assert.fail()] = phones.phones
        assert.equal((await first.status()).packages['baton.chat'], 77)
        await happens(first)
        gates.open('broken')
        const { exitCode, stdout, stderr } = await cli.done
        assert.equal(exitCode, 1, stderr + stdout)
        assert.match(stdout, summary)
        assert.match(project.read('baton-report/latest/junit.xml'), summary)
        const log = project.events().find(event => event.type === 'artifact' && event.kind === 'device-log')
        assert.ok(log?.type === 'artifact' && log.path !== undefined)
        assert.match(project.read(path.join('baton-report', 'latest', log.path)), inLog)
      } finally {
        await gates[Symbol.asyncDispose]()
        project.remove()
      }
    })
  }
})
