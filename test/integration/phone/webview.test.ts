import assert from 'node:assert/strict'
import path from 'node:path'
import { remote } from 'webdriverio'
import { Chromedrivers } from '../../../drivers/android/session/chromedrivers.js'
import { freePort } from '../../../src/process/free-port.js'
import { startAppiumServer, type AppiumServer } from '../../../src/host/appium/appium-server.js'
import type { PhoneClient } from '../../phone/client.js'
import { startPhones, type Phones } from '../../phone/start-phones.js'
import { PageServer } from '../host/page-server.js'
import { remoteAddress } from '../../support/remote-address.js'
import { eventually, noneNamed, processesNamed } from '../process/alive.js'

type Browser = Awaited<ReturnType<typeof remote>>

const context = 'WEBVIEW_baton.hybrid'
/** A simulated phone starts a whole Chromium for its webview. */
const shownWithinMs = 30_000

describe('WebViews of simulated phones with the UiAutomator2 driver and ChromeDriver', function () {
  let phones: Phones
  let appium: AppiumServer
  let pages: PageServer
  let chromedrivers: string

  before(async () => {
    phones = await startPhones({ count: 2, hybrid: true })
    const { env, folder } = phones.adbServer!
    chromedrivers = (await Chromedrivers.link(undefined, process.env, folder)).directory
    const { listening } = await startAppiumServer({
      driverPackages: ['appium-uiautomator2-driver'],
      logFile: path.join(folder, 'appium.log'),
      env: { ...process.env, ...env },
    })
    appium = await listening
    pages = await PageServer.start()
  })
  after(async () => {
    await appium?.stop()
    pages?.stop()
    await phones?.stop()
  })

  async function open(phone: PhoneClient): Promise<Browser> {
    return remote({
      ...remoteAddress(appium.url),
      logLevel: 'silent',
      waitforInterval: 20,
      waitforTimeout: shownWithinMs,
      connectionRetryCount: 0,
      capabilities: {
        platformName: 'Android',
        'appium:automationName': 'UiAutomator2',
        'appium:udid': phone.serial,
        'appium:adbPort': phones.adbPort,
        // As in uiautomator2.test.ts.
        'appium:systemPort': await freePort(),
        'appium:suppressKillServer': true,
        'appium:appPackage': 'baton.hybrid',
        'appium:chromedriverExecutableDir': chromedrivers,
        'wdio:enforceWebDriverClassic': true,
      },
    })
  }

  /** Shows the page in the app, and waits until the app knows its title. */
  async function show(browser: Browser, phone: PhoneClient): Promise<void> {
    const { port } = new URL(pages.url)
    await phones.adbServer!.adb('-s', phone.serial, 'reverse', `tcp:${port}`, `tcp:${port}`)
    await browser.execute('mobile: deepLink', { url: pages.url, package: 'baton.hybrid' })
    await title(browser, 'Page')
  }

  const title = async (browser: Browser, wanted: string): Promise<unknown> =>
    browser.waitUntil(async () => (await browser.$('id=baton.hybrid:id/title').getText()) === wanted, { interval: 20 })

  it('are found and driven on two phones at once, and notify their app', async () => {
    const [one, two] = phones.phones
    const browsers = await Promise.all([one!, two!].map(async phone => open(phone)))
    await Promise.all(
      browsers.map(async (browser, index) => {
        const phone = phones.phones[index]!
        await show(browser, phone)
        assert.deepEqual(await browser.getContexts(), ['NATIVE_APP', context])
        await browser.switchContext(context)
        assert.equal(await browser.$('h1').getText(), 'Hello')
        const source = 'return [innerWidth, devicePixelRatio, navigator.userAgent]'
        const [width, pixelRatio, userAgent] = await browser.execute<unknown[], []>(source)
        assert.deepEqual([width, pixelRatio], [360, 2])
        assert.match(String(userAgent), new RegExp(`Android .*${phone.model}; wv\\)`))
        await browser.execute('document.title = arguments[0]', `of ${phone.serial}`)
        await browser.switchContext('NATIVE_APP')
        await title(browser, `of ${phone.serial}`)
        await browser.$('~Reload').click()
        await title(browser, 'Page')
      }),
    )
    await Promise.all(browsers.map(async browser => browser.deleteSession()))
    assert.equal(await phones.adbServer!.adb('forward', '--list'), '\n')
    await noneNamed(chromedrivers)
  })

  it('reach what their phone reaches, but not this machine', async () => {
    const [phone] = phones.phones
    await phones.adbServer!.adb('-s', phone!.serial, 'reverse', '--remove-all')
    const browser = await open(phone!)
    await browser.waitUntil(async () => (await browser.getContexts()).length === 2)
    await browser.switchContext(context)
    await assert.rejects(browser.url(pages.url), /ERR_SOCKS_CONNECTION_FAILED/)
    await browser.deleteSession()
  })

  it('end with their app, together with Chromium', async () => {
    const [phone] = phones.phones
    const browser = await open(phone!)
    await show(browser, phone!)
    const chromium = `baton-webview-${phones.pid}-`
    const running = (await processesNamed(chromium)).length
    assert.deepEqual((await phone!.status()).sockets.length, 1)
    await phone!.crashApp()
    assert.deepEqual((await phone!.status()).sockets, [])
    assert.deepEqual(await browser.getContexts(), ['NATIVE_APP'])
    await eventually('Chromium ended', async () => (await processesNamed(chromium)).length < running)
    await browser.deleteSession()
    await phones.stop()
    await eventually('all ended', async () => (await processesNamed(chromium)).length === 0)
  })
})
