/** What every driver is held to, on the real thing; what is special to one is at the end. */
import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { androidDriver } from '../../drivers/android/android-driver.js'
import { chromiumDriver } from '../../drivers/chromium/chromium-driver.js'
import { fakeApp } from '../../drivers/fake/fake-app.js'
import { fakeDriver } from '../../drivers/fake/fake-driver.js'
import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Driver } from '../../src/device/driver/driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import { labelPattern } from '../../src/device/selector.js'
import { BatonError } from '../../src/error/baton-error.js'
import { DeviceActor } from '../../src/host/device/device-actor.js'
import { makeOwnedDirectory } from '../../src/process/owned-directory.js'
import { startPhones } from '../phone/start-phones.js'
import { exampleDriver } from '../support/example-driver.js'
import { recordedDriver, type RecordedCalls } from '../support/recorded-driver.js'
import { deviceEntry, FarmBench, type BenchDevice } from './host/device-bench.js'
import { PageServer } from './host/page-server.js'
import { eventually, processesNamed } from './process/alive.js'

interface Subject {
  driver: Driver
  /** Makes devices to be driven; each call of `own` is another one's keys. */
  start: (count: number) => Promise<{ own: () => Record<string, unknown>; env?: Record<string, string>; stop?: Stop }>
  capabilities?: Record<string, unknown>
  /** Leaves something in the session that a reset must take away. */
  soil: (session: HostSession, page: string) => Promise<void>
  /** What is found of it. */
  dirt: (session: HostSession, page: string) => Promise<unknown>
  collects: string[]
  /** What it collects where the session is dead. */
  collectsAlone: string[]
}

type Stop = () => Promise<void>

const script = async (session: HostSession, source: string): Promise<unknown> =>
  session.command('POST', '/execute/sync', { script: source, args: [] })
const asyncScript = async (session: HostSession, source: string): Promise<unknown> =>
  session.command('POST', '/execute/async', { script: source, args: [] })
const devtools = async (session: HostSession, cmd: string, params: object): Promise<unknown> =>
  session.command('POST', '/goog/cdp/execute', { cmd, params })

const chromium: Subject = {
  driver: chromiumDriver,
  start: async () => ({ own: () => ({ emulate: 'Pixel 7' }) }),
  async soil(session, page) {
    await session.command('POST', '/url', { url: page })
    await asyncScript(
      session,
      `const done = arguments[arguments.length - 1]
       localStorage.k = sessionStorage.k = document.cookie = 'k=1; max-age=9999'
       navigator.serviceWorker.register('/sw.js').then(() => caches.open('c'))
         .then(() => { const open = indexedDB.open('d', 1); open.onsuccess = () => done() })`,
    )
    await session.command('POST', '/permissions', { descriptor: { name: 'geolocation' }, state: 'granted' })
    await devtools(session, 'Emulation.setTimezoneOverride', { timezoneId: 'Asia/Tokyo' })
    await devtools(session, 'Network.setUserAgentOverride', { userAgent: 'soiled' })
    await devtools(session, 'Emulation.setDeviceMetricsOverride', {
      width: 300,
      height: 300,
      deviceScaleFactor: 1,
      mobile: false,
    })
    await session.command('POST', '/timeouts', { implicit: 1234 })
    await session.command('POST', '/window/new', { type: 'tab' })
  },
  async dirt(session, page) {
    const timeouts = await session.command('GET', '/timeouts')
    const windows = await session.command('GET', '/window/handles')
    await session.command('POST', '/url', { url: page })
    const found = await asyncScript(
      session,
      `const done = arguments[arguments.length - 1]
       Promise.all([navigator.serviceWorker.getRegistrations(), caches.keys(), indexedDB.databases(),
         navigator.permissions.query({ name: 'geolocation' })]).then(([workers, caches, databases, permission]) => done({
           local: localStorage.k, session: sessionStorage.k, cookie: document.cookie, workers: workers.length,
           caches: caches.length, databases: databases.length, permission: permission.state,
           zone: Intl.DateTimeFormat().resolvedOptions().timeZone === 'Asia/Tokyo',
           width: innerWidth, pixel: navigator.userAgent.includes('Pixel 7'), touch: navigator.maxTouchPoints > 0 }))`,
    )
    return { timeouts, windows: (windows as string[]).length, ...(found as object) }
  },
  collects: ['browser.log', 'screenshot.png', 'source.html'],
  collectsAlone: [],
}

const fake: Subject = {
  driver: fakeDriver,
  start: async () => ({ own: () => ({}) }),
  async soil(session) {
    await session.command('POST', '/orientation', { orientation: 'LANDSCAPE' })
    await session.command('POST', '/timeouts', { implicit: 1234 })
  },
  async dirt(session) {
    const orientation = await session.command('GET', '/orientation')
    return { orientation, timeouts: await session.command('GET', '/timeouts') }
  },
  collects: ['screenshot.png', 'source.xml'],
  collectsAlone: [],
}

const android: Subject = {
  driver: androidDriver,
  async start(count) {
    const started = await startPhones({ count })
    const { phones, adbPort, adbServer } = started
    const free = [...phones]
    return {
      own: () => ({ udid: free.pop()?.serial, adb: { port: adbPort } }),
      env: adbServer?.env ?? {},
      stop: () => started.stop(),
    }
  },
  capabilities: { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' },
  async soil(session) {
    const field = await find(session, 'name')
    await session.command('POST', `/element/${field}/value`, { text: 'Mallory' })
    await session.command('POST', '/orientation', { orientation: 'LANDSCAPE' })
    await session.command('POST', '/timeouts', { implicit: 1234 })
  },
  async dirt(session) {
    return {
      orientation: await session.command('GET', '/orientation'),
      timeouts: await session.command('GET', '/timeouts'),
      name: await session.command('GET', `/element/${await find(session, 'name')}/text`),
    }
  },
  collects: ['logcat.txt', 'screenshot.png', 'source.xml'],
  collectsAlone: ['logcat.txt', 'screenshot.png'],
}

/** The driver of docs/writing-a-driver.md. */
const example: Subject = {
  ...fake,
  driver: exampleDriver,
  async start() {
    const folder = await makeOwnedDirectory('example')
    const app = join(folder.path, 'app.xml')
    await writeFile(app, fakeApp)
    return { own: () => ({ app }), stop: () => folder.remove() }
  },
  collects: [],
}

async function find(session: HostSession, id: string): Promise<string> {
  const found = await session.command('POST', '/element', { using: 'id', value: `baton.chat:id/${id}` })
  return Object.values(found as Record<string, string>)[0] ?? ''
}

for (const subject of [chromium, fake, android, example]) {
  const { start, capabilities = {}, soil, dirt, collects, collectsAlone } = subject
  const calls: RecordedCalls = new Map()
  const violations: string[] = []
  const driver = recordedDriver(subject.driver, calls, violations)
  describe(`the ${driver.name} driver`, () => {
    let bench: FarmBench
    let pages: PageServer
    let device: BenchDevice
    let entry: DeviceEntry
    let devices: Awaited<ReturnType<Subject['start']>>
    const newEntry = (name: string) => ({ ...deviceEntry(name, driver, devices.own()), capabilities })

    before(async () => {
      pages = await PageServer.start()
      devices = await start(2 + driver.resets.length)
      bench = await FarmBench.start([driver], { ...(devices.env && { env: devices.env }) })
      entry = newEntry(`${driver.name}-1`)
      device = await bench.add(entry, driver)
    })
    after(async () => {
      const { workDir } = device
      await bench.stop()
      pages.stop()
      await devices.stop?.()
      assert.deepEqual(await processesNamed(workDir), [], 'a process outlived its device')
      assert.deepEqual(violations, [], 'calls are out of order')
      for (const { calls: all } of calls.values()) assert.equal(all.at(-1), 'dispose')
    })

    it('accepts its own keys, and refuses values of a wrong type', () => {
      assert.ok(driver.keys.safeParse(entry.own).success)
      const [key = ''] = Object.keys(driver.keys.shape)
      assert.ok(!driver.keys.safeParse({ [key]: Symbol('wrong') }).success)
    })

    it('describes an entry without touching the device', () => {
      const { platform, labels } = driver.describe(entry)
      assert.ok(labels.includes(`platform=${platform}`))
      for (const label of [...labels, ...device.prepared.labels]) assert.match(label, labelPattern)
    })

    it('gives equal capabilities each time, and lets those of devices.json win', () => {
      const { prepared } = device
      assert.deepEqual(prepared.sessions.capabilities({}), prepared.sessions.capabilities({}))
      assert.equal(prepared.sessions.capabilities({ platformName: 'mine' })['platformName'], 'mine')
    })

    it('opens a session that passes its check', async () => {
      const session = await device.sessions.ready()
      await device.prepared.sessions.check(session)
      assert.equal(await device.sessions.ready(), session)
    })

    for (const reset of driver.resets.filter(policy => policy !== 'none')) {
      it(`is clean after a reset '${reset}'`, async () => {
        const other = await bench.add(newEntry(`${driver.name}-${reset}`), driver, { reset })
        const clean = await dirt(await other.sessions.ready(), pages.url)
        await soil(await other.sessions.ready(), pages.url)
        assert.notDeepEqual(await dirt(await other.sessions.ready(), pages.url), clean)
        assert.deepEqual(await dirt(await other.sessions.recycle(), pages.url), clean)
        await other.sessions.close()
      })
    }

    const artifactsIt = driver.provides.includes('artifacts') ? it : undefined
    artifactsIt?.('collects files that explain a failure', async () => {
      const directory = join(bench.directory.path, 'artifacts')
      await mkdir(directory)
      await device.sessions.ready()
      const artifacts = await device.sessions.collect(directory, 10_000)
      assert.deepEqual((await readdir(directory)).sort(), collects)
      assert.deepEqual(
        artifacts.map(({ path }) => path).sort(),
        collects.map(name => join(directory, name)),
      )
      const png = await readFile(join(directory, 'screenshot.png'))
      assert.equal(png.subarray(1, 4).toString(), 'PNG')
    })

    it('has the capabilities that it provides, and no other', () => {
      for (const name of ['health', 'reservation', 'apps', 'artifacts', 'recording'] as const) {
        assert.equal(device.prepared[name] !== undefined, driver.provides.includes(name), name)
      }
    })

    it('is called in the order of its contract, from the first check to the end', async () => {
      const own = newEntry(`${driver.name}-actor`)
      const actor = await DeviceActor.prepare({
        entry: own,
        driver,
        workDir: bench.directory.path,
        hostName: 'bench',
        env: bench.env,
        gateway: bench.gateway,
        farm: { reportOffline: () => {}, requestCheck: () => {} },
        appium: async () => bench.appium.url(),
        stop: new AbortController().signal,
        startLimiter: async work => work(),
      })
      try {
        const first = await actor.check({ device: own.name, lease: '1', reason: 'its host joined' })
        assert.deepEqual(first, { state: 'idle' })
        assert.equal(actor.state, 'idle')
        const { session } = await actor.offer('5')
        assert.equal(session.id, bench.gateway.workerSession(own.name)?.id)
        assert.equal(actor.state, 'leased')
        await actor.collectArtifacts(10_000)
        assert.deepEqual(await actor.check({ device: own.name, lease: '5', reason: 'its module ended' }), {
          state: 'idle',
        })
        assert.equal(actor.state, 'idle')
      } finally {
        await actor.close()
      }
      assert.equal(actor.state, 'closed')
      await assert.rejects(actor.offer('9'), { code: 'BATON_DEVICE_LOST' })
      assert.deepEqual(violations, [])
      const used = calls.get(own.name)?.calls ?? []
      assert.equal(used.includes('reservation.reserve'), driver.provides.includes('reservation'))
      assert.equal(used.includes('health.watchOpening'), driver.provides.includes('health'))
    })

    it(driver.provides.includes('recording') ? 'records the screen' : 'does not record, as it says', async () => {
      const { prepared } = device
      if (!prepared.recording) return
      const directory = join(bench.directory.path, 'film')
      await mkdir(directory)
      await device.sessions.ready()
      let files: string[] = []
      await eventually(
        'there is a film',
        async () => {
          const recording = prepared.recording?.start(directory)
          await device.sessions.check()
          files = (await recording?.stop())?.files ?? []
          return files.length > 0
        },
        20_000,
      )
      assert.equal((await readFile(files[0] ?? '')).subarray(4, 8).toString(), 'ftyp')
    })

    it('fails the check, and collects nothing, once the session is dead', async () => {
      const session = await device.sessions.ready()
      await session.command('DELETE', '')
      await assert.rejects(device.prepared.sessions.check(session), { code: 'BATON_DEVICE_LOST', device: entry.name })
      const directory = join(bench.directory.path, 'nothing')
      await mkdir(directory)
      await device.prepared.artifacts?.collect(session, directory)
      assert.deepEqual((await readdir(directory)).sort(), collectsAlone)
      await assert.rejects(device.sessions.check())
      await device.prepared.sessions.check(await device.sessions.ready())
    })
  })
}

describe('the chromium driver alone', () => {
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

  it('leaves nothing behind if its session could not be deleted: the browser is killed', async () => {
    const bench = await FarmBench.start([chromiumDriver])
    try {
      const phone = await bench.add(deviceEntry('phone', chromiumDriver), chromiumDriver)
      const session = await phone.sessions.ready()
      assert.ok((await processesNamed(phone.workDir)).length > 0)
      phone.prepared.sessions.forceClose(session)
      await eventually('the browser ended', async () => (await processesNamed(phone.workDir)).length === 0, 20_000)
      await assert.rejects(phone.prepared.sessions.check(session), (error: unknown) => error instanceof BatonError)
    } finally {
      await bench.stop()
    }
  })
})
