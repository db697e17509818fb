import assert from 'node:assert/strict'
import { chromiumDriver } from '../../../drivers/chromium/chromium-driver.js'
import { lastingCommands } from '../../../drivers/chromium/chromium-lasting-commands.js'
import { deviceEntry, FarmBench, type BenchDevice } from '../host/device-bench.js'
import { eventually } from '../process/alive.js'
import { DevToolsClient } from './devtools-client.js'
import { LeasedBrowser } from './leased-browser.js'
import { StatePages } from './state-pages.js'
import type { Origins, State } from './leave-state.js'
import { lookForState } from './look-for-state.js'
import { blocking, lasting, resettable, resettableBidi } from './states.js'

describe('what a module leaves in a browser', () => {
  let bench: FarmBench
  let device: BenchDevice
  let origins: Origins
  let clean: Record<string, unknown>
  let leases = 0

  before(async () => {
    const [named, link, redirect, frame, popup] = await Promise.all([1, 2, 3, 4, 5].map(async () => StatePages.start()))
    assert.ok(named && link && redirect && frame && popup)
    origins = { named, link, redirect, frame, popup }
    bench = await FarmBench.start([chromiumDriver])
    device = await bench.add(deviceEntry('phone', chromiumDriver, { emulate: 'Pixel 7' }), chromiumDriver)
    await device.sessions.ready()
    clean = await asModule(async browser => lookForState(browser, origins))
    await device.sessions.recycle()
  })
  after(async () => {
    await bench.stop()
    for (const pages of Object.values(origins)) pages.stop()
  })

  /** Runs as a module does: under a lease of its own, over when it ends. */
  async function asModule<T>(work: (browser: LeasedBrowser) => Promise<T>): Promise<T> {
    const lease = String(1_790_000_000_000_000 + ++leases)
    const browser = await LeasedBrowser.connect(bench.gateway, 'phone', lease)
    try {
      return await work(browser)
    } finally {
      browser.close()
      assert.ok(await bench.gateway.revoke('phone', String(1_790_000_000_000_001 + leases)), 'nothing is in flight')
    }
  }

  const leave = async (browser: LeasedBrowser, { what, leave }: State): Promise<void> =>
    leave(browser, origins).then(
      () => {},
      (cause: unknown) => assert.fail(`${what}: ${String(cause)}`),
    )

  for (const [how, states] of Object.entries({ 'WebDriver, CDP and pages': resettable, BiDi: resettableBidi })) {
    it(`is put back within the session: by ${how}`, async () => {
      const session = await device.sessions.recycle()
      const left = await asModule(async browser => {
        for (const state of states) await leave(browser, state)
        return lookForState(browser, origins)
      })
      for (const { what, seen = '' } of states) assert.notDeepEqual(left[seen], clean[seen], `${what} is not seen`)
      assert.equal(await device.sessions.recycle(), session, 'the session is reset, not replaced')
      assert.deepEqual(await asModule(async browser => lookForState(browser, origins)), clean)
    })
  }

  it('is put back within the session if the browser is stuck', async () => {
    const session = await device.sessions.recycle()
    await asModule(async browser => {
      for (const state of blocking) await leave(browser, state)
    })
    assert.equal(await device.sessions.recycle(), session, 'the session is reset, not replaced')
    assert.deepEqual(await asModule(async browser => lookForState(browser, origins)), clean)
  })

  for (const call of ["alert('left')", "confirm('left')", "prompt('left')"]) {
    it(`is put back within the session if a dialog is open: ${call}`, async () => {
      const session = await device.sessions.recycle()
      await asModule(async browser => {
        await browser.open(origins.named.url)
        await browser.command('POST', '/execute/sync', { script: `setTimeout(() => ${call}, 0)`, args: [] })
        // The dialog opens a moment later, and its text can be read then.
        const text = async (): Promise<unknown> => browser.command('GET', '/alert/text').catch(() => undefined)
        await eventually('the dialog is open', async () => (await text()) === 'left')
      })
      assert.equal(await device.sessions.recycle(), session, 'the session is reset, not replaced')
      assert.deepEqual(await asModule(async browser => lookForState(browser, origins)), clean)
    })
  }

  it('is put back within the session if a DevTools client of its own changed it', async () => {
    const session = await device.sessions.recycle()
    const options = session.capabilities['goog:chromeOptions'] as { debuggerAddress: string }
    const client = await DevToolsClient.connect(options.debuggerAddress)
    const left = await asModule(async browser => {
      await leaveByDevTools(client, origins.named.url)
      return lookForState(browser, origins)
    })
    client.close()
    for (const seen of ['windows', 'midi', 'timeZone', 'agent', 'cdpHeader'])
      assert.notDeepEqual(left[seen], clean[seen], `${seen} is not seen`)
    assert.equal(await device.sessions.recycle(), session, 'the session is reset, not replaced')
    assert.deepEqual(await asModule(async browser => lookForState(browser, origins)), clean)
  })

  it('costs a new session if nothing else puts it back', async () => {
    const session = await device.sessions.recycle()
    const used = bench.gateway.usedCommands('phone')
    await asModule(async browser => {
      for (const { what, leave } of lasting) {
        used.clear()
        await leave(browser, origins).catch(() => {})
        assert.equal(lastingCommands(used.names).length, 1, what)
      }
    })
    assert.notEqual((await device.sessions.recycle()).id, session.id)
    assert.deepEqual(await asModule(async browser => lookForState(browser, origins)), clean)
  })
})

async function leaveByDevTools(client: DevToolsClient, url: string): Promise<void> {
  await client.send('Browser.grantPermissions', { permissions: ['midi'] })
  await client.send('Browser.setDownloadBehavior', { behavior: 'deny' })
  await client.send('Security.setIgnoreCertificateErrors', { ignore: true })
  await client.send('Target.createTarget', { url })
  const { browserContextId } = await client.send('Target.createBrowserContext')
  await client.send('Target.createTarget', { url, browserContextId })
  const page = await client.attach()
  await client.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Tokyo' }, page)
  await client.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin, quotaSize: 1 }, page)
  await client.send('Network.enable', {}, page)
  await client.send('Network.setUserAgentOverride', { userAgent: 'left' }, page)
  await client.send('Network.setExtraHTTPHeaders', { headers: { 'x-cdp': 'left' } }, page)
}
