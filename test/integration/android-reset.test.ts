/** The app's data if a reset is slow, fails, or is not possible. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { androidDriver } from '../../drivers/android/android-driver.js'
import type { ResetPolicy } from '../../src/device/device-entry.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import { makeApk } from '../phone/apk/make-apk.js'
import type { PhoneClient } from '../phone/client.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { deviceEntry, FarmBench, type BenchDevice } from './host/device-bench.js'

const capabilities = { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' }

describe('the app of an Android phone', () => {
  let phones: Phones
  let phone: PhoneClient
  let farm: FarmBench
  let device: BenchDevice
  let count = 0

  before(async () => {
    phones = await startPhones({ count: 1, behavior: { keepsName: true } })
    phone = phones.phones[0] ?? assert.fail()
    farm = await FarmBench.start([androidDriver], { env: phones.adbServer?.env ?? {} })
  })
  afterEach(async () => {
    await phone.set({ installMs: 0, failClear: false, shellDelayMs: 0, user: 0 })
    await device.sessions.close()
    await device.prepared.dispose()
  })
  after(async () => {
    await farm.stop()
    await phones.stop()
  })

  const add = async (reset: ResetPolicy, own: object = {}): Promise<BenchDevice> => {
    const keys = { udid: phone.serial, adb: { port: phones.adbPort }, ...own }
    const entry = { ...deviceEntry(`reset-${count++}`, androidDriver, keys), capabilities, reset }
    device = await farm.add(entry, androidDriver, { reset })
    return device
  }
  const nameField = async (session: HostSession): Promise<string> => {
    const found = await session.command('POST', '/element', { using: 'id', value: 'baton.chat:id/name' })
    return `/element/${Object.values(found as Record<string, string>)[0]}`
  }
  const soil = async (session: HostSession): Promise<void> => {
    await session.command('POST', `${await nameField(session)}/value`, { text: 'Mallory' })
    assert.equal(await dirt(session), 'Mallory')
  }
  const dirt = async (session: HostSession): Promise<unknown> =>
    session.command('GET', `${await nameField(session)}/text`)
  const shell = async (command: string): Promise<string> =>
    ((await phones.adbServer?.adb('-s', phone.serial, 'shell', command)) ?? '').trim()

  it('is reinstalled within its session, even if that takes long', async () => {
    const app = join(farm.directory.path, 'slow.apk')
    await writeFile(app, makeApk({ versionCode: 50 }))
    // Longer than the limit for unanswered pings: this package manager answers them.
    const { sessions, prepared } = await add('reinstall', { app, health: { answerMs: 2_000 } })
    const wanted = (await prepared.apps?.use(undefined)) ?? {}
    const session = await sessions.ready(wanted)
    await soil(session)
    await phone.set({ installMs: 11_000 })
    assert.equal(await sessions.recycle(wanted), session)
    assert.notEqual(await dirt(session), 'Mallory')
  })

  it('is cleared and started before the next session if its session has died', async () => {
    const { sessions, prepared } = await add('app')
    const session = await sessions.ready()
    await soil(session)
    const before = await shell('pidof baton.chat; true')
    await phone.crashInstrumentation()
    await phone.set({ shellDelayMs: 300 })
    await assert.rejects(prepared.sessions.reset(session, 'app', new AbortController().signal))
    await phone.set({ shellDelayMs: 0 })
    const after = await shell('pidof baton.chat; true')
    assert.ok(after !== '' && after !== before, `${before} and then ${after}`)
    assert.notEqual(await dirt(await sessions.recycle()), 'Mallory')
  })

  it('keeps its phone out of the pool until its data can be cleared', async () => {
    const { sessions } = await add('app')
    await soil(await sessions.ready())
    await phone.set({ failClear: true })
    const refused = { code: 'BATON_DEVICE_UNFIT', message: /could not clear the data of baton\.chat: Failed/ }
    await assert.rejects(sessions.recycle(), refused)
    // More often than a device whose sessions fail is checked.
    for (let time = 0; time < 3; time++) await assert.rejects(sessions.ready(), refused)
    await phone.set({ failClear: false })
    assert.notEqual(await dirt(await sessions.ready()), 'Mallory')
  })

  it('is cleared if the session of the last module was force closed', async () => {
    const { sessions, prepared } = await add('app')
    const session = await sessions.ready()
    await prepared.reservation?.reserve([])
    await soil(session)
    prepared.reservation?.release()
    assert.notEqual(await dirt(await sessions.reopen()), 'Mallory')
  })

  it('is cleared before the first module of a host: what an earlier host did is unknown', async () => {
    const killed = await add('app')
    await soil(await killed.sessions.ready())
    // As after SIGKILL: nothing is reset or closed.
    await killed.prepared.dispose()
    assert.notEqual(await dirt(await (await add('app')).sessions.ready()), 'Mallory')
  })

  it('is cleared after its phone was away: somebody else may have used it', async () => {
    const { sessions } = await add('app')
    await soil(await sessions.ready())
    await phone.unplug()
    await phone.plug()
    await phone.connected()
    assert.notEqual(await dirt(await sessions.reopen()), 'Mallory')
  })

  it('is left as it is if the device is not reset', async () => {
    const first = await add('none')
    await soil(await first.sessions.ready())
    await first.prepared.dispose()
    const { sessions } = await add('none')
    assert.equal(await dirt(await sessions.ready()), 'Mallory')
    await shell('pm clear baton.chat')
  })

  it('is cleared for the user whose screen is shown', async () => {
    await phone.set({ user: 10 })
    const { sessions } = await add('app')
    await soil(await sessions.ready())
    assert.notEqual(await dirt(await sessions.recycle()), 'Mallory')
  })

  it('is not touched any more by a reset that was cancelled', async () => {
    const { sessions, prepared } = await add('app')
    const session = await sessions.ready()
    const before = await shell('pidof baton.chat; true')
    const given = new AbortController()
    await phone.set({ shellDelayMs: 500 })
    const reset = prepared.sessions.reset(session, 'app', given.signal)
    given.abort(new Error('given up'))
    await assert.rejects(reset)
    await phone.set({ shellDelayMs: 0 })
    assert.notEqual(await shell('pidof baton.chat; true'), before, 'it was cleared, which ends it')
    assert.equal(await shell('pidof baton.chat; true'), '', 'nobody has started it')
  })
})
