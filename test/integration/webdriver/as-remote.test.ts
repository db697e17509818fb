import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { remote } from 'webdriverio'
import { androidDriver } from '../../../drivers/android/android-driver.js'
import { chromiumDriver } from '../../../drivers/chromium/chromium-driver.js'
import { fakeDriver } from '../../../drivers/fake/fake-driver.js'
import { freePort } from '../../../src/process/free-port.js'
import { startPhones } from '../../phone/start-phones.js'
import { differences, ListenerCounts, viewOf } from './session-view.js'
import { remoteAddress } from '../../support/remote-address.js'
import { OwnBrowser, PlainBrowser } from './two-browsers.js'

/** What differs on every device. docs/coming-from-webdriverio.md has the reasons. */
const everywhere = ['options: automationProtocol', 'options: headers', 'options: port']

/** What differs because ChromeDriver is started by Appium, or again each time. */
const onChromium = [
  'capabilities: chrome',
  'capabilities: goog:chromeOptions',
  'capabilities: goog:processID',
  'capabilities: webSocketUrl',
  'options: capabilities',
  'options: requestedCapabilities',
  'requestedCapabilities: appium:autodownloadEnabled',
  'requestedCapabilities: appium:automationName',
  'requestedCapabilities: appium:executable',
  'requestedCapabilities: appium:executableDir',
  'requestedCapabilities: appium:newCommandTimeout',
]

/** The commands of Selenium's grid for downloads, which the gateway answers. */
const downloads = [
  'capabilities: se:downloadsEnabled',
  ...['browser property', 'command', 'element property'].flatMap(kind =>
    ['deleteDownloadableFiles', 'download', 'getDownloadableFiles'].map(name => `${kind}: ${name}`),
  ),
]

describe("a role's session has the same capabilities, flags, options, commands and listeners", () => {
  it("as WebdriverIO's own session at the same Appium server, on a fake device", async () => {
    using listeners = new ListenerCounts()
    const own = await OwnBrowser.start(fakeDriver)
    try {
      const ours = await viewOf(own.browser, listeners, '#note')
      const capabilities: object = own.requested
      const browser = await remote({ ...remoteAddress(await own.bench.appium.url()), logLevel: 'error', capabilities })
      const theirs = await viewOf(browser, listeners, '#note')
      await browser.deleteSession()
      assert.deepEqual(differences(theirs, ours), [...everywhere, 'options: connectionRetryCount'].toSorted())
      assert.ok(Object.keys(theirs['listener'] ?? {}).length > 0)
    } finally {
      await own.stop()
    }
  })

  it("as WebdriverIO's own session at ChromeDriver, in a browser", async () => {
    using listeners = new ListenerCounts()
    const own = await OwnBrowser.start(chromiumDriver)
    const plain = await PlainBrowser.start(own.requested)
    try {
      const theirs = await viewOf(plain.browser, listeners, 'html')
      const ours = await viewOf(own.browser, listeners, 'html')
      assert.deepEqual(differences(theirs, ours), [...everywhere, ...onChromium, ...downloads].toSorted())
      assert.equal(ours['capabilities']?.['unhandledPromptBehavior'], 'ignore')
      assert.equal(theirs['listener']?.['browsingContext.userPromptOpened'], 1)
    } finally {
      await plain.stop()
      await own.stop()
    }
  })

  it("as WebdriverIO's own session with another phone, on a simulated Android phone", async () => {
    using listeners = new ListenerCounts()
    await using phones = await startPhones({ count: 2 })
    const [phone, other] = phones.phones
    const keys = { udid: phone?.serial, adb: { port: phones.adbPort } }
    const own = await OwnBrowser.start(androidDriver, keys, phones.adbServer?.env)
    try {
      const ours = await viewOf(own.browser, listeners, '//*')
      const ports = { 'appium:systemPort': await freePort(), 'appium:mjpegServerPort': await freePort() }
      const capabilities: object = { ...own.requested, ...ports, 'appium:udid': other?.serial }
      const browser = await remote({ ...remoteAddress(await own.bench.appium.url()), logLevel: 'error', capabilities })
      const theirs = await viewOf(browser, listeners, '//*')
      await browser.deleteSession()
      // Another phone has another model, serial and ports.
      const found = differences(theirs, ours).filter(name => !/capabilities/i.test(name))
      assert.deepEqual(found, [...everywhere, 'options: connectionRetryCount'].toSorted())
      assert.equal(ours['flag']?.['isAndroid'], true)
      assert.ok('gsmCall' in (ours['browser property'] ?? {}))
    } finally {
      await own.stop()
    }
  })

  it('except for what the documentation lists', async () => {
    const page = await readFile(new URL('../../../../docs/coming-from-webdriverio.md', import.meta.url), 'utf8')
    const names = [...everywhere, ...onChromium, ...downloads, 'options: connectionRetryCount'].map(difference =>
      difference.replace(/^.*: (?=\w)/, '').replace(/^appium:.*/, 'appium:'),
    )
    for (const name of names) assert.ok(page.includes(name), name)
  })
})
