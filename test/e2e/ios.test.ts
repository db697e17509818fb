import assert from 'node:assert/strict'
import { packageFile } from '../../src/process/package-root.js'
import { Iphone } from '../phone/ios/iphone.js'
import { startPhones } from '../phone/start-phones.js'
import { adbEnvironment } from '../support/phone-farm.js'
import { Project } from './baton-cli.js'
import { GateKeeper } from './support/gate.js'
import { assertNothingLeft } from './support/processes.js'

const servers = {
  chat: { command: `node ${packageFile('test', 'apps', 'chat', 'server.mjs')}`, ready: '/health' },
}

/** Android's resource ids, the accessibility ids of iOS and the page's ids are the same. */
const page = `
  import { $, browser } from '@wdio/globals'
  import { activeDevice, serverUrl } from 'baton'

  const texts = {
    android: text => '//*[@text="' + text + '"]',
    ios: text => '//*[@label="' + text + '"]',
    chromium: text => '.text=' + text,
  }

  class ChatPage {
    async enter(room, name) {
      await browser.url(serverUrl('chat') + '/?room=' + room)
      await $('#name').setValue(name)
      await $('#join').click()
      await $('#message').waitForDisplayed()
    }
    async say(text) {
      await $('#message').setValue(text)
      await $('#send').click()
    }
    get presence() {
      return $('#presence')
    }
    message(text) {
      return $(texts[activeDevice().platform](text))
    }
  }
  export const chatPage = new ChatPage()`

const meeting = `
  import { expect } from '@wdio/globals'
  import { useDevice } from 'baton'
  import { chatPage } from './chat-page.js'

  const names = ['alice', 'bob', 'carol']

  it('meet in one room', async () => {
    for (const name of names) {
      await useDevice(name)
      await chatPage.enter('three', name)
    }
    for (const name of names) {
      await useDevice(name)
      await expect(chatPage.presence).toHaveText('3 here')
      await chatPage.say('Hello from ' + name)
      for (const other of names) {
        await useDevice(other)
        await expect(chatPage.message('Hello from ' + name)).toBeDisplayed()
      }
    }
  })`

/** Fails like a test whose element is missing: that is what the XCUITest driver reports if WebDriverAgent is dead. */
const lonely = `
  import { $, browser } from '@wdio/globals'

  export const devices = { phone: ['platform=ios'] }

  it('finds its field', async () => {
    await browser.url('http://127.0.0.1:9/')
    await fetch(process.env.GATE + '/opened')
    await $('#name').setValue('Alice')
  })`

const entry = (name: string, { udid, model, wda }: Iphone): object => ({
  name,
  driver: 'ios',
  udid,
  platformVersion: model.iosVersion,
  wda: wda.url,
  bundleId: 'baton.chat',
})

describe('iPhones', () => {
  it('meet an Android phone and a browser in one test, through one page object', async () => {
    await using iphone = await Iphone.start()
    await using phones = await startPhones({ count: 1 })
    const alice = { name: 'alice', driver: 'android', udid: phones.phones[0]?.serial, adb: { port: phones.adbPort } }
    const carol = { name: 'carol', driver: 'chromium', emulate: 'Pixel 7' }
    const chatApp = { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' }
    const project = new Project({
      'devices.json': { devices: [{ ...alice, capabilities: chatApp }, entry('bob', iphone), carol], servers },
      'chat-page.js': page,
      'meeting.js': meeting,
    })
    try {
      const cli = project.start(['run', 'meeting.js', '--json'], adbEnvironment(phones))
      const { exitCode, stderr } = await cli.done
      assert.equal(exitCode, 0, stderr + JSON.stringify(cli.events.filter(({ type }) => type === 'test:end')))
      await assertNothingLeft(project)
    } finally {
      project.remove()
    }
  })

  it('are blamed if WebDriverAgent ends in the middle of a module, which then runs on another', async () => {
    await using gates = await GateKeeper.start()
    await using first = await Iphone.start()
    await using second = await Iphone.start()
    const project = new Project({
      'devices.json': { devices: [entry('first', first), entry('second', second)] },
      'lonely.js': lonely,
    })
    try {
      const cli = project.start(['run', 'lonely.js', '--json', ...gates.args])
      await gates.arrival('opened')
      const used = [first, second].find(({ apps }) => apps.lastLink !== undefined)
      assert.ok(used)
      await used.wda.stop()
      gates.open('opened')
      const { exitCode, stderr } = await cli.done
      assert.equal(exitCode, 0, stderr)
      assert.equal(gates.count('opened'), 2)
      const codes = cli.events.map(event => JSON.stringify(event)).filter(line => line.includes('BATON_DEVICE_LOST'))
      assert.ok(codes.length > 0, 'the loss is reported')
    } finally {
      project.remove()
    }
  })
})
