/** The simulated iPhone against the real XCUITest driver. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { remote } from 'webdriverio'
import { WebSocket } from 'ws'
import { startAppiumServer, type AppiumServer } from '../../../src/host/appium/appium-server.js'
import { makeOwnedDirectory, type OwnedDirectory } from '../../../src/process/owned-directory.js'
import { Iphone } from '../../phone/ios/iphone.js'
import { remoteAddress } from '../../support/remote-address.js'

type Browser = Awaited<ReturnType<typeof remote>>

describe('a simulated iPhone with the XCUITest driver', () => {
  let folder: OwnedDirectory
  let phone: Iphone
  let appium: AppiumServer
  let chat: ChildProcess
  let chatUrl: string
  let browser: Browser

  before(async () => {
    folder = await makeOwnedDirectory('xcuitest')
    phone = await Iphone.start()
    const { listening } = await startAppiumServer({
      driverPackages: ['appium-xcuitest-driver'],
      logFile: path.join(folder.path, 'appium.log'),
      env: process.env,
    })
    appium = await listening
    const server = fileURLToPath(new URL('../../../../test/apps/chat/server.mjs', import.meta.url))
    chat = spawn(process.execPath, [server], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface({ input: chat.stdout! }), 'line')) as [string]
    chatUrl = line.replace('chat: ', '')
    browser = await open()
  })
  after(async () => {
    await browser?.deleteSession().catch(() => {})
    chat?.kill()
    await appium?.stop()
    await phone?.[Symbol.asyncDispose]()
    await folder?.remove()
  })

  const open = async (): Promise<Browser> =>
    remote({
      ...remoteAddress(appium.url),
      logLevel: 'silent',
      waitforInterval: 20,
      waitforTimeout: 20_000,
      connectionRetryCount: 0,
      capabilities: {
        platformName: 'iOS',
        'appium:automationName': 'XCUITest',
        'appium:udid': phone.udid,
        'appium:platformVersion': phone.model.iosVersion,
        'appium:webDriverAgentUrl': phone.wda.url,
        'appium:skipLogCapture': true,
        'wdio:enforceWebDriverClassic': true,
      },
    })

  it('chats with a person in a browser', async () => {
    await browser.url(`${chatUrl}/?room=den`)
    await browser.$('#name').setValue('alice')
    await browser.$('#join').click()
    await browser.$('#message').waitForDisplayed()
    const carol = new WebSocket(`${chatUrl.replace('http', 'ws')}/?room=den&name=carol`)
    await once(carol, 'open')
    carol.send(JSON.stringify({ type: 'say', id: 'carol-1', text: "It's Carol" }))
    await browser.$(`//XCUIElementTypeStaticText[@label="It's Carol"]`).waitForDisplayed()
    await browser.$('~Message').setValue('Hello')
    await browser.$('~Send').click()
    await browser.$('~sent').waitForExist()
    carol.close()
    await browser.waitUntil(async () => (await browser.$('#presence').getText()) === 'only you')
  })

  for (const [selector, texts] of [
    ['~Messages', ['Messages']],
    ['-ios predicate string:label BEGINSWITH[c] "IT\'S" AND type == "XCUIElementTypeStaticText"', ["It's Carol"]],
    ['-ios predicate string:name IN {"author", "room"} AND visible == 1', ['#den', 'carol']],
    ['-ios class chain:**/XCUIElementTypeCell[`label CONTAINS "carol"`]/XCUIElementTypeStaticText[-1]', ["It's Carol"]],
    ['-ios class chain:**/XCUIElementTypeCell[$label == "sent"$]/*[1]', ['Hello']],
    ['//XCUIElementTypeCell[2]/*[@name="text"]', ['Hello']],
    ['XCUIElementTypeButton', ['Send']],
    ['~nobody', []],
  ] satisfies [string, string[]][]) {
    it(`finds ${selector}`, async () => {
      const found = await browser.$$(selector).map(async element => element.getText())
      assert.deepEqual(found, texts)
    })
  }

  it('has attributes, a page source and a screenshot', async () => {
    const button = browser.$('~Send')
    assert.deepEqual(await button.getLocation(), { x: 280, y: 720 })
    assert.deepEqual(await button.getSize(), { width: 70, height: 50 })
    assert.equal(await button.getAttribute('type'), 'XCUIElementTypeButton')
    assert.equal(await button.isEnabled(), true)
    assert.match(await browser.getPageSource(), /<AppiumAUT>\s+<XCUIElementTypeApplication [^>]*label="[^"]*"/)
    const png = Buffer.from(await browser.takeScreenshot(), 'base64')
    assert.equal(png.subarray(1, 4).toString(), 'PNG')
    assert.equal(png.readUInt32BE(16), 2 * (await browser.getWindowRect()).width)
  })

  it('taps where a finger would', async () => {
    await browser.$('~Message').setValue('By hand')
    await browser
      .action('pointer', { parameters: { pointerType: 'touch' } })
      .move(300, 740)
      .down()
      .up()
      .perform()
    await browser.$('//*[@name="text" and @label="By hand"]').waitForDisplayed()
  })

  it('starts, ends and locks', async () => {
    const bundleId = 'baton.chat'
    assert.equal(await browser.execute('mobile: queryAppState', { bundleId }), 4)
    assert.equal(await browser.execute('mobile: terminateApp', { bundleId }), true)
    assert.equal(await browser.execute('mobile: queryAppState', { bundleId }), 1)
    await browser.execute('mobile: activateApp', { bundleId })
    assert.equal(await browser.$('#name').getText(), 'Your name')
    await browser.setOrientation('LANDSCAPE')
    assert.equal(await browser.getOrientation(), 'LANDSCAPE')
    phone.lock()
    assert.equal(await browser.isLocked(), true)
    assert.equal(await browser.$('#name').isExisting(), false)
    await browser.unlock()
    assert.equal(await browser.$('#name').isExisting(), true)
  })

  it('loses its session to a second one, or if WebDriverAgent ends', async () => {
    const second = await open()
    await assert.rejects(browser.getOrientation(), /session/i)
    await phone.wda.stop()
    await assert.rejects(second.getOrientation(), /ECONNREFUSED|socket|proxy/i)
    await phone.wda.start()
    browser = await open()
    assert.equal(await browser.$('#name').isExisting(), true)
    await second.deleteSession().catch(() => {})
  })
})
