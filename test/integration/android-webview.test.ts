/** Webviews with real adb, Appium, UiAutomator2, ChromeDriver and Chromium. */
import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { androidDriver } from '../../drivers/android/android-driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import type { PhoneClient } from '../phone/client.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { deviceEntry, FarmBench, type AddOptions, type BenchDevice } from './host/device-bench.js'
import { PageServer } from './host/page-server.js'
import { eventually, noneNamed, processesNamed } from './process/alive.js'

const context = 'WEBVIEW_baton.hybrid'
/** A simulated phone starts a whole Chromium for its webview. */
const shownWithinMs = 30_000

describe('webviews of Android phones', function () {
  let phones: Phones
  let phone: PhoneClient
  let pages: PageServer
  let bench: FarmBench
  let count = 0
  before(async () => {
    phones = await startPhones({ count: 1, hybrid: true })
    phone = phones.phones[0] ?? assert.fail()
    pages = await PageServer.start()
  })
  beforeEach(async () => {
    bench = await FarmBench.start([androidDriver], { env: phones.adbServer?.env ?? {} })
  })
  afterEach(async () => {
    const { path } = bench.directory
    await bench.stop()
    await noneNamed(path)
    assert.equal(await phones.adbServer?.adb('forward', '--list'), '\n', 'a forward is left')
  })
  after(async () => {
    pages.stop()
    await phones.stop()
  })

  async function add(own: object = {}, options: AddOptions = {}): Promise<BenchDevice> {
    const udid = { udid: phone.serial, adb: { port: phones.adbPort } }
    const entry = {
      ...deviceEntry(`phone-${count++}`, androidDriver, { ...udid, ...own }),
      capabilities: { 'appium:appPackage': 'baton.hybrid' },
    }
    const device = await bench.add(entry, androidDriver, { reset: 'app', ...options })
    await device.prepared.reservation?.reserve([pages.url])
    return device
  }

  /** Shows the page in the app, and switches to its context. */
  async function enter(session: HostSession): Promise<void> {
    const args = [{ url: pages.url, package: 'baton.hybrid' }]
    await session.command('POST', '/execute/sync', { script: 'mobile: deepLink', args })
    const isThere = async () => ((await session.command('GET', '/contexts')) as string[]).includes(context)
    await eventually('the webview is there', isThere, shownWithinMs)
    await session.command('POST', '/context', { name: context })
    const isShown = async () => (await session.command('GET', '/title')) === 'Page'
    await eventually('the page is shown', isShown, shownWithinMs)
  }

  it('are left by a reset, within the session', async () => {
    const { sessions } = await add()
    const session = await sessions.ready()
    await enter(session)
    await session.command('POST', '/timeouts', { implicit: 1234 })
    assert.equal((await sessions.recycle()).id, session.id)
    assert.equal(await session.command('GET', '/context'), 'NATIVE_APP')
    await enter(session)
    assert.deepEqual(await session.command('GET', '/timeouts'), { implicit: 0, pageLoad: 300_000, script: 30_000 })
  })

  it('contribute the screen, the page and its console to a failure', async () => {
    const { sessions } = await add()
    const session = await sessions.ready()
    await enter(session)
    const directory = join(bench.directory.path, 'artifacts')
    await mkdir(directory)
    await sessions.collect(directory, 10_000)
    assert.deepEqual((await readdir(directory)).sort(), ['browser.log', 'logcat.txt', 'screenshot.png', 'source.html'])
    assert.match(await readFile(join(directory, 'source.html'), 'utf8'), /<h1>Hello<\/h1>/)
    assert.match(await readFile(join(directory, 'browser.log'), 'utf8'), /INFO .*page loaded/)
    // The phone's whole screen is 720 pixels wide.
    assert.equal((await readFile(join(directory, 'screenshot.png'))).readUInt32BE(16), 720)
  })

  it('delay no other module if their page hangs', async () => {
    const { sessions, workDir } = await add()
    const session = await sessions.ready()
    await enter(session)
    const hanging = session.command('POST', '/execute/async', { script: 'for (;;);', args: [] }, 60_000)
    const failed = assert.rejects(hanging)
    const renewed = sessions.reopen()
    // Sooner than the deadline of a deletion that waits for the page.
    await eventually('its ChromeDriver ended', async () => (await processesNamed(workDir)).length === 0, 4_000)
    const next = await renewed
    await failed
    await enter(next)
    await sessions.verifyIdentity()
  })

  it('leave nothing behind if the Appium server is killed, and work with the next one', async () => {
    const { sessions, workDir } = await add()
    await enter(await sessions.ready())
    const down = new Promise<void>(resolve => (bench.appium.onEnded = () => resolve()))
    process.kill(bench.appium.pid ?? assert.fail('no Appium'), 'SIGKILL')
    await down
    sessions.serverLost()
    const isLeft = async () => (await phones.adbServer?.adb('forward', '--list')) !== '\n'
    await eventually('its forwards ended', async () => !(await isLeft()))
    await eventually('its ChromeDriver ended', async () => (await processesNamed(workDir)).length === 0)
    await enter(await sessions.ready())
  })

  it('are lost with a phone that freezes, and work again when it is back', async () => {
    const { sessions, prepared, workDir } = await add(
      { health: { answerMs: 2_000 } },
      { observer: { lost, back: () => wake() } },
    )
    let wake = () => {}
    function lost(): void {
      sessions.deviceLost()
      wake()
    }
    const told = async () => new Promise<void>(resolve => (wake = resolve))
    const session = await sessions.ready()
    await enter(session)
    const isLost = told()
    await phone.freeze()
    const failed = assert.rejects(session.command('GET', '/title', undefined, 60_000))
    await isLost
    await eventually('its ChromeDriver ended', async () => (await processesNamed(workDir)).length === 0)
    await failed
    const isBack = told()
    await phone.thaw()
    await isBack
    await prepared.health?.check()
    await prepared.reservation?.reserve([pages.url])
    await enter(await sessions.ready())
    await sessions.verifyIdentity()
  })

  it('are at fault if they end, unless the phone or the session ends too', async () => {
    const { sessions } = await add()
    const session = await sessions.ready()
    const answer = async (): Promise<string> =>
      session.command('GET', '/title').then(
        () => assert.fail('it answered'),
        (error: Error & { error?: string }) => `${error.error}: ${error.message}`,
      )
    await enter(session)
    await phone.crashApp()
    assert.match(await answer(), /^invalid session id/)
    assert.ok(await sessions.isAppFault(await answer()))
    assert.ok(!(await sessions.isAppFault('unknown error: Could not proxy command to the remote server')))
    await phone.crashInstrumentation()
    assert.ok(!(await sessions.isAppFault(await answer())))
  })

  it('are found through a port of their own session, even next to other Appium servers', async () => {
    const taken = await Promise.all(Array.from({ length: 101 }, async (_, at) => listenAt(10_900 + at)))
    try {
      const { sessions } = await add()
      await enter(await sessions.ready())
    } finally {
      for (const server of taken) server.close()
    }
  })

  it('are driven by the matching ChromeDriver, or rejected with their version', async () => {
    const { sessions, prepared, workDir } = await add()
    await phone.set({ webViewVersion: '121.0.6167.71' })
    try {
      await assert.rejects(
        enter(await sessions.ready()),
        /No Chromedriver found that can automate Chrome '121\.0\.6167'/,
      )
    } finally {
      await phone.set({ webViewVersion: '' })
    }
    await sessions.close()
    await prepared.dispose()
    const folder = join(bench.directory.path, 'several')
    await mkdir(folder)
    await symlink(join(workDir, 'chromedrivers', 'chromedriver'), join(folder, 'fits'))
    await writeFile(join(folder, 'older'), '#!/bin/sh\necho ChromeDriver 121.0.6167.71\n', { mode: 0o755 })
    await writeFile(join(folder, 'readme.txt'), 'no program')
    await assert.rejects(add({ chromedriver: '/no/such/folder' }), {
      code: 'BATON_TOOL_MISSING',
      message: /no ChromeDriver at \/no\/such\/folder/,
    })
    const several = await add({ chromedriver: folder })
    await enter(await several.sessions.ready())
  })
})

/** Listens on a port of the loopback interface, unless it is taken. */
async function listenAt(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>(resolve => {
    server.once('error', () => resolve())
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}
