import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { remote } from 'webdriverio'
import { WebSocket } from 'ws'
import { startAppiumServer, type AppiumServer } from '../../../src/host/appium/appium-server.js'
import { freePort } from '../../../src/process/free-port.js'
import type { PhoneClient } from '../../phone/client.js'
import { remoteAddress } from '../../support/remote-address.js'
import { startPhones, type Phones } from '../../phone/start-phones.js'

type Browser = Awaited<ReturnType<typeof remote>>

describe('simulated phones with the UiAutomator2 driver', () => {
  let phones: Phones
  let appium: AppiumServer
  let chat: ChildProcess
  let chatUrl: string

  before(async function () {
    phones = await startPhones({ count: 2 })
    const { env, folder } = phones.adbServer!
    const { listening } = await startAppiumServer({
      driverPackages: ['appium-uiautomator2-driver'],
      logFile: path.join(folder, 'appium.log'),
      env: { ...process.env, ...env },
    })
    appium = await listening
    const server = fileURLToPath(new URL('../../../../test/apps/chat/server.mjs', import.meta.url))
    chat = spawn(process.execPath, [server], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface({ input: chat.stdout! }), 'line')) as [string]
    chatUrl = line.replace('chat: ', '')
  })
  after(async () => {
    chat?.kill()
    await appium?.stop()
    await phones?.stop()
  })

  async function open(phone: PhoneClient, extra: Record<string, unknown> = {}): Promise<Browser> {
    return remote({
      ...remoteAddress(appium.url),
      logLevel: 'silent',
      waitforInterval: 20,
      waitforTimeout: 20_000,
      connectionRetryCount: 0,
      capabilities: {
        platformName: 'Android',
        'appium:automationName': 'UiAutomator2',
        'appium:udid': phone.serial,
        'appium:adbPort': phones.adbPort,
        // The driver's own choice, from 8200 on, may be that of another test at the same time.
        'appium:systemPort': await freePort(),
        'appium:suppressKillServer': true,
        'appium:appPackage': 'baton.chat',
        'wdio:enforceWebDriverClassic': true,
        ...extra,
      },
    })
  }

  async function enter(browser: Browser, phone: PhoneClient, { room, name }: Record<'room' | 'name', string>) {
    const { port } = new URL(chatUrl)
    await phones.adbServer!.adb('-s', phone.serial, 'reverse', `tcp:${port}`, `tcp:${port}`)
    await browser.url(`${chatUrl}/?room=${room}`)
    await browser.$('#name').setValue(name)
    await browser.$('#join').click()
    await browser.$('#message').waitForDisplayed()
  }

  it('chat with each other, and with a third person in a browser', async function () {
    const [alice, bob] = await Promise.all(phones.phones.map(phone => open(phone)))
    assert.ok(alice && bob)
    await enter(alice, phones.phones[0]!, { room: 'den', name: 'alice' })
    await enter(bob, phones.phones[1]!, { room: 'den', name: 'bob' })
    const carol = new WebSocket(`${chatUrl.replace('http', 'ws')}/?room=den&name=carol`)
    await once(carol, 'open')
    await bob.waitUntil(async () => (await bob.$('#presence').getText()) === '3 here')

    await alice.$('#message').setValue('hi')
    await bob.waitUntil(async () => (await bob.$('#typing').getText()) === 'alice is typing…')
    await alice.$('#message').addValue(' all')
    assert.equal(await alice.$('~Message').getText(), 'hi all')
    await alice.$('~Send').click()
    await bob.$('//*[@resource-id="baton.chat:id/text" and @text="hi all"]').waitForDisplayed()
    await alice.waitUntil(async () => (await alice.$('id:ticks').getAttribute('content-desc')) === 'delivered')

    carol.send(JSON.stringify({ type: 'say', id: '1', text: 'from a browser' }))
    await alice.$('android=new UiSelector().textContains("a BROWSER")').waitForDisplayed()
    const inside = alice.$('~message from carol').$('id:author')
    assert.equal(await inside.getText(), 'carol')
    carol.close()
    await Promise.all([alice.deleteSession(), bob.deleteSession()])
    for (const phone of phones.phones) {
      assert.equal((await phone.status()).automating, false)
      // The driver kills its logcat; the phone notices that some time later.
      while ((await phone.status()).logcatReaders > 0) await phone.status()
    }
    assert.equal(await phones.adbServer!.adb('forward', '--list'), '\n')
  })

  it('scroll, type, clear, read attributes, draw and log', async function () {
    const phone = phones.phones[0]!
    const browser = await open(phone)
    await enter(browser, phone, { room: 'long', name: 'alice' })
    for (let line = 1; line <= 15; line++) {
      await browser.$('#message').addValue(`line ${line}`)
      await browser.$('#send').click()
    }
    // Each message that arrives scrolls to the end of the list.
    await browser.$('//*[@text="line 15"]').waitForDisplayed()
    assert.equal(await browser.$('//*[@text="line 1"]').isExisting(), false)
    await browser.execute('mobile: swipeGesture', {
      left: 100,
      top: 300,
      width: 400,
      height: 900,
      direction: 'down',
      percent: 1,
    })
    await browser.execute('mobile: swipeGesture', {
      left: 100,
      top: 300,
      width: 400,
      height: 900,
      direction: 'down',
      percent: 1,
    })
    const first = await browser.$('//*[@text="line 1"]').getElement()
    assert.equal(await first.isDisplayed(), true)
    const list = 'new UiScrollable(new UiSelector().scrollable(true))'
    await browser.$(`android=${list}.scrollIntoView(new UiSelector().text("line 15"))`).waitForDisplayed()
    await assert.rejects(browser.getElementText(first.elementId), /not linked to the same object|stale/)

    await phone.set({ commandDelayMs: 200 })
    const before = performance.now()
    await browser.$('#room').getText()
    assert.ok(performance.now() - before > 200)
    await phone.set({ commandDelayMs: 0 })

    await browser.$('#message').setValue('draft')
    assert.equal(await browser.$('#message').getAttribute('focused'), 'true')
    await browser.$('#message').clearValue()
    assert.equal(await browser.$('#message').getText(), 'Message')
    await assert.rejects(browser.$('#room').setValue('x'), /no field/)
    await assert.rejects(browser.findElement('xpath', '//*['), /invalid selector|not a valid XPath/)

    const whole = Buffer.from(await browser.takeScreenshot(), 'base64')
    const { elementId } = await browser.$('#send').getElement()
    const part = Buffer.from(await browser.takeElementScreenshot(elementId), 'base64')
    assert.deepEqual([whole.readUInt32BE(16), part.readUInt32BE(16)], [720, 140])
    assert.match(await browser.getPageSource(), /<android\.widget\.EditText [^>]*resource-id="baton\.chat:id\/message"/)
    const log = (await browser.getLogs('logcat')) as { message: string }[]
    assert.ok(log.some(({ message }) => /Chat +: joined #long as alice/.test(message)))
    await browser.deleteSession()
  })

  it("get the driver's own apps installed on the first session", async function () {
    await using fresh = await startPhones({ count: 1, adbPort: phones.adbPort, provisioned: false })
    const browser = await open(fresh.phones[0]!)
    await browser.deleteSession()
    const { packages } = await fresh.phones[0]!.status()
    assert.ok(packages['io.appium.uiautomator2.server']! > 0)
    assert.ok(packages['io.appium.settings']! > 0)
  })

  it('lose sessions as real phones do', async function () {
    const phone = phones.phones[0]!
    let browser = await open(phone)
    await phone.crashInstrumentation()
    await assert.rejects(browser.$('#name').click(), /instrumentation process is not running|hang up|Could not proxy/)
    await browser.deleteSession().catch(() => {})

    browser = await open(phone)
    await phone.crashApp()
    assert.equal(await browser.$('#name').isExisting(), false)
    const log = await phones.adbServer!.adb('-s', phone.serial, 'logcat', '-d', '-b', 'crash')
    assert.match(log, /FATAL EXCEPTION: main\n.*Process: baton\.chat, PID: \d+\n/)
    await browser.execute('mobile: activateApp', { appId: 'baton.chat' })
    await phone.hangApp()
    assert.equal(await browser.$('android=new UiSelector().textContains("isn\'t responding")').isExisting(), true)
    await browser.$('id:android:id/aerr_wait').click()
    assert.equal(await browser.$('#name').isExisting(), true)

    await phone.unplug()
    await assert.rejects(browser.$('#name').click(), /instrumentation process is not running|hang up|Could not proxy/)
    await browser.deleteSession().catch(() => {})
    await phone.plug()
    await phone.connected()
    browser = await open(phone)
    await browser.deleteSession()
  })
})
