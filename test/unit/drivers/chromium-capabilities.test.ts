import assert from 'node:assert/strict'
import { chromiumCapabilities, addSessionCapabilities } from '../../../drivers/chromium/chromium-capabilities.js'
import { chromiumDriver } from '../../../drivers/chromium/chromium-driver.js'
import { chromiumKeys } from '../../../drivers/chromium/chromium-keys.js'

const parts = (own: object, { foreign = false } = {}) => ({
  keys: chromiumKeys.parse(own),
  tools: foreign ? undefined : { browser: '/b', chromedriver: '/d' },
  workDir: '/w',
  sandbox: false,
  platform: 'linux' as const,
})
const options = (capabilities: Record<string, unknown>) =>
  capabilities['goog:chromeOptions'] as { args: string[]; binary?: string; mobileEmulation?: unknown; prefs?: unknown }

describe('capabilities of the Chromium driver', () => {
  it('never let Appium download a ChromeDriver', () => {
    const capabilities = chromiumCapabilities(parts({}), {})
    assert.equal(capabilities['appium:executable'], '/d')
    assert.equal(capabilities['appium:autodownloadEnabled'], false)
    assert.equal(options(capabilities).binary, '/b')
  })

  it('emulate a phone by name or by metrics', () => {
    assert.deepEqual(options(chromiumCapabilities(parts({ emulate: 'Pixel 7' }), {})).mobileEmulation, {
      deviceName: 'Pixel 7',
    })
    assert.deepEqual(
      options(chromiumCapabilities(parts({ emulate: { width: 8, height: 9, userAgent: 'U' } }), {})).mobileEmulation,
      { deviceMetrics: { width: 8, height: 9, pixelRatio: 1, touch: true, mobile: true }, userAgent: 'U' },
    )
    assert.equal(options(chromiumCapabilities(parts({}), {})).mobileEmulation, undefined)
  })

  it('include those of devices.json without losing what the browser needs', () => {
    const capabilities = chromiumCapabilities(parts({ headless: false, args: ['--a'], bidi: false }), {
      acceptInsecureCerts: true,
      'goog:chromeOptions': { args: ['--b'], prefs: { x: 1 } },
    })
    const { args, prefs, binary } = options(capabilities)
    assert.deepEqual(args.slice(-2), ['--a', '--b'])
    assert.ok(args.includes('--no-sandbox') && !args.includes('--headless=new'))
    assert.deepEqual([prefs, binary], [{ x: 1 }, '/b'])
    assert.equal(capabilities['acceptInsecureCerts'], true)
    assert.ok(!('webSocketUrl' in capabilities))
  })

  it('request BiDi as WebdriverIO does, unless it is asked for the classic protocol', () => {
    const requested = (extra: Record<string, unknown>): unknown[] => {
      const { webSocketUrl, unhandledPromptBehavior } = chromiumCapabilities(parts({}), extra)
      return [webSocketUrl, unhandledPromptBehavior]
    }
    assert.deepEqual(requested({}), [true, 'ignore'])
    assert.deepEqual(requested({ 'wdio:enforceWebDriverClassic': false }), [true, 'ignore'])
    const classic = { 'wdio:enforceWebDriverClassic': true }
    assert.deepEqual(requested(classic), [undefined, undefined])
    assert.deepEqual(requested({ ...classic, unhandledPromptBehavior: 'accept' }), [undefined, 'accept'])
  })

  it('name no program of this machine if the Appium server is foreign', () => {
    const capabilities = chromiumCapabilities(parts({}, { foreign: true }), {})
    assert.doesNotMatch(JSON.stringify(capabilities), /appium:executable|binary|no-sandbox/)
  })

  it('get a new port and profile for each session', () => {
    const base = chromiumCapabilities(parts({}), {})
    const opened = addSessionCapabilities(base, { port: 4444, profile: '/p', downloads: '/l', closedPorts: [] })
    assert.equal(opened['appium:chromedriverPort'], 4444)
    assert.equal(options(opened).args.at(-1), '--user-data-dir=/p')
    assert.ok(!options(base).args.includes('--user-data-dir=/p'))
    assert.deepEqual(options(opened).prefs, { 'download.default_directory': '/l' })
  })

  it('close the ports that control devices, and keep rules for names', () => {
    const own = ['--host-resolver-rules=MAP a 127.0.0.1', 'host-resolver-rules=MAP b 127.0.0.1', '--x']
    const base = chromiumCapabilities(parts({ args: own }), { 'appium:chromedriverPort': 9515 })
    const opened = addSessionCapabilities(base, {
      port: 4444,
      profile: '/p',
      downloads: '/l',
      closedPorts: [6379, 6379],
    })
    const rules = options(opened).args.filter(arg => arg.includes('host-resolver-rules'))
    assert.deepEqual(rules, [
      '--host-resolver-rules=MAP *:16??? ~NOTFOUND,MAP *:17??? ~NOTFOUND,MAP *:6379 ~NOTFOUND,MAP *:9515 ~NOTFOUND,MAP b 127.0.0.1',
    ])
    assert.ok(options(opened).args.includes('--x'))
    assert.equal(opened['appium:chromedriverPort'], 9515)
  })

  it('include the model as a label', () => {
    const entry = {
      name: 'a',
      driver: 'chromium',
      labels: [],
      capabilities: {},
      webdriver: {},
      own: { emulate: 'Pixel 7' },
    }
    assert.deepEqual(chromiumDriver.describe(entry).labels, ['platform=chromium', 'model=Pixel 7'])
    assert.ok(!chromiumKeys.safeParse({ emulate: { width: -1, height: 3 } }).success)
  })
})
