import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { androidDriver } from '../../drivers/android/android-driver.js'
import { chromiumDriver } from '../../drivers/chromium/chromium-driver.js'
import { fakeApp } from '../../drivers/fake/fake-app.js'
import { fakeDriver } from '../../drivers/fake/fake-driver.js'
import { iosDriver } from '../../drivers/ios/ios-driver.js'
import type { Driver } from '../../src/device/driver/driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import { makeOwnedDirectory } from '../../src/process/owned-directory.js'
import { Iphone } from '../phone/ios/iphone.js'
import { startPhones } from '../phone/start-phones.js'
import { exampleDriver } from '../support/example-driver.js'

export interface Subject {
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

export const script = async (session: HostSession, source: string): Promise<unknown> =>
  session.command('POST', '/execute/sync', { script: source, args: [] })
const asyncScript = async (session: HostSession, source: string): Promise<unknown> =>
  session.command('POST', '/execute/async', { script: source, args: [] })
const devtools = async (session: HostSession, cmd: string, params: object): Promise<unknown> =>
  session.command('POST', '/goog/cdp/execute', { cmd, params })

export const chromium: Subject = {
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

export const fake: Subject = {
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

export const android: Subject = {
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
  ...soiledChat('id', 'baton.chat:id/name'),
  collects: ['logcat.txt', 'screenshot.png', 'source.xml'],
  collectsAlone: ['logcat.txt', 'screenshot.png'],
}

export const ios: Subject = {
  driver: iosDriver,
  async start(count) {
    const phones = await Promise.all(Array.from({ length: count }, async () => Iphone.start()))
    const free = [...phones]
    return {
      own() {
        const phone = free.pop()
        return { udid: phone?.udid, platformVersion: '18.5', wda: phone?.wda.url, bundleId: 'baton.chat' }
      },
      stop: async () => void (await Promise.all(phones.map(async phone => phone[Symbol.asyncDispose]()))),
    }
  },
  ...soiledChat('accessibility id', 'name'),
  collects: ['screenshot.png', 'source.xml'],
  collectsAlone: ['screenshot.png', 'source.xml'],
}

/** The driver of docs/writing-a-driver.md. */
export const example: Subject = {
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

/** What a module leaves in the chat app of a phone. @param using - how its field is found, by `value` */
function soiledChat(using: string, value: string): Pick<Subject, 'soil' | 'dirt'> {
  const field = async (session: HostSession): Promise<string> => {
    const found = await session.command('POST', '/element', { using, value })
    return Object.values(found as Record<string, string>)[0] ?? ''
  }
  return {
    async soil(session) {
      await session.command('POST', `/element/${await field(session)}/value`, { text: 'Mallory' })
      await session.command('POST', '/orientation', { orientation: 'LANDSCAPE' })
      await session.command('POST', '/timeouts', { implicit: 1234 })
    },
    async dirt(session) {
      return {
        orientation: await session.command('GET', '/orientation'),
        timeouts: await session.command('GET', '/timeouts'),
        name: await session.command('GET', `/element/${await field(session)}/text`),
      }
    },
  }
}
