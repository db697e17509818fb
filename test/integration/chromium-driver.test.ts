import assert from 'node:assert/strict'
import { chromiumDriver } from '../../drivers/chromium/chromium-driver.js'
import { BatonError } from '../../src/error/baton-error.js'
import { LeasedBrowser } from './clean-device/leased-browser.js'
import { deviceEntry, FarmBench } from './host/device-bench.js'
import { eventually, processesNamed } from './process/alive.js'
import { script } from './driver-subjects.js'

describe('the chromium driver', () => {
  it('shows what to install if the browser or ChromeDriver is missing, or they do not match', async () => {
    const prepare = async (own: object, env: Record<string, string>) =>
      chromiumDriver.prepare(deviceEntry('c', chromiumDriver, { ...own }), { workDir: '/nowhere', env })
    const missing = { code: 'BATON_TOOL_MISSING', hint: /apt-get install chromium chromium-driver/ }
    await assert.rejects(prepare({}, { PATH: '/nowhere' }), missing)
    await assert.rejects(prepare({ chromedriver: '/no/such/driver' }, { PATH: process.env['PATH'] ?? '' }), missing)
    // A program that runs and names no version: Ubuntu's stub that asks for a snap.
    await assert.rejects(prepare({ browser: '/bin/true' }, { PATH: process.env['PATH'] ?? '' }), missing)
    await assert.rejects(prepare({ browser: process.execPath }, { PATH: process.env['PATH'] ?? '' }), {
      ...missing,
      message: /the same major version/,
    })
  })

  it('emulates a phone by its metrics and user agent', async () => {
    const bench = await FarmBench.start([chromiumDriver])
    try {
      const emulate = { width: 412, height: 700, pixelRatio: 2, userAgent: 'Baton Phone 1' }
      const phone = await bench.add(deviceEntry('phone', chromiumDriver, { emulate, bidi: false }), chromiumDriver)
      const session = await phone.sessions.ready()
      assert.equal(session.capabilities['webSocketUrl'], undefined)
      await session.command('POST', '/url', { url: 'data:text/html,<meta name=viewport content=width=device-width>' })
      const seen = await script(session, 'return [innerWidth, devicePixelRatio, navigator.userAgent]')
      assert.deepEqual(seen, [412, 2, 'Baton Phone 1'])
    } finally {
      await bench.stop()
    }
  })

  it('shows which dialog was open at a failure, and the page behind it', async () => {
    const bench = await FarmBench.start([chromiumDriver])
    try {
      const capabilities = { unhandledPromptBehavior: 'ignore' }
      const phone = await bench.add({ ...deviceEntry('phone', chromiumDriver), capabilities }, chromiumDriver)
      const session = await phone.sessions.ready()
      const browser = await LeasedBrowser.connect(bench.gateway, 'phone', '1790000000000001')
      await browser.bidi('session.subscribe', { events: ['browsingContext.userPromptOpened'] })
      await browser.open('data:text/html,<h1>Shop</h1>')
      const opened = new Promise(resolve => browser.onEvent(resolve))
      await browser.command('POST', '/execute/sync', { script: "setTimeout(() => confirm('Really?'), 0)", args: [] })
      await opened
      const artifacts = await phone.sessions.collect(phone.workDir, 5_000)
      assert.deepEqual(artifacts.map(({ kind }) => kind).sort(), ['browser-log', 'screenshot', 'source'])
      assert.match(artifacts.find(({ kind }) => kind === 'screenshot')?.summary ?? '', /confirm 'Really\?'/)
      assert.equal(await script(session, 'return document.body.innerText'), 'Shop')
      browser.close()
    } finally {
      await bench.stop()
    }
  })

  it('leaves nothing behind if its session could not be deleted: the browser is killed', async () => {
    const bench = await FarmBench.start([chromiumDriver])
    try {
      const phone = await bench.add(deviceEntry('phone', chromiumDriver), chromiumDriver)
      const session = await phone.sessions.ready()
      assert.ok((await processesNamed(phone.workDir)).length > 0)
      phone.prepared.sessions.forceClose(session)
      await eventually('the browser ended', async () => (await processesNamed(phone.workDir)).length === 0)
      await assert.rejects(phone.prepared.sessions.check(session), (error: unknown) => error instanceof BatonError)
    } finally {
      await bench.stop()
    }
  })
})
