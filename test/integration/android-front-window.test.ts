/** Windows of other apps in front of a phone, with real adb, Appium and UiAutomator2 on a simulated phone. */
import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { androidDriver } from '../../drivers/android/android-driver.js'
import type { PhoneClient } from '../phone/client.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { deviceEntry, FarmBench, type BenchDevice } from './host/device-bench.js'

const systemUi = 'com.android.systemui'

describe('a window of another app in front of a phone', () => {
  let phones: Phones
  let phone: PhoneClient
  let farm: FarmBench
  let device: BenchDevice

  before(async () => {
    phones = await startPhones({ count: 1 })
    phone = phones.phones[0] ?? assert.fail()
    farm = await FarmBench.start([androidDriver], { env: phones.adbServer?.env ?? {} })
    const keys = { udid: phone.serial, adb: { port: phones.adbPort } }
    const capabilities = { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' }
    const entry = { ...deviceEntry('alice', androidDriver, keys), capabilities }
    device = await farm.add(entry, androidDriver, { reset: 'app' })
    await device.sessions.ready()
  })
  afterEach(async () => phone.set({ notResponding: '', dialogStuck: false }))
  after(async () => {
    await farm.stop()
    await phones.stop()
  })

  const focus = async (): Promise<string> =>
    (await phones.adbServer?.adb('-s', phone.serial, 'shell', 'dumpsys window')) ?? ''

  it('is dismissed before the next module', async () => {
    await phone.set({ notResponding: systemUi })
    assert.match(await focus(), /mCurrentFocus=.*Application Not Responding: com\.android\.systemui/)
    await device.sessions.verifyIdentity()
    assert.match(await focus(), /mCurrentFocus=.*baton\.chat/)
  })

  it('refuses the phone by name if it stays, until it is gone', async () => {
    await phone.set({ notResponding: systemUi, dialogStuck: true })
    const refused = {
      code: 'BATON_DEVICE_UNFIT',
      message: /front window: "com\.android\.systemui isn't responding" is in front and could not be dismissed/,
    }
    await assert.rejects(device.sessions.verifyIdentity(), refused)
    const check = async (): Promise<unknown> => device.prepared.health?.check()
    await assert.rejects(check, refused)
    await phone.set({ notResponding: '' })
    await check()
    await device.sessions.ready()
  })

  it('is named with a failure, blamed on the phone, and dismissed', async () => {
    const session = await device.sessions.ready()
    await phone.set({ notResponding: systemUi })
    const directory = await mkdtemp(join(farm.directory.path, 'failure-'))
    const collect = async () => (await device.prepared.artifacts?.collect(session, directory)) ?? assert.fail()
    const [screenshot] = await collect()
    assert.equal(screenshot?.kind, 'screenshot')
    assert.equal(screenshot.summary, `"${systemUi} isn't responding" was in front`)
    assert.equal(screenshot.deviceFault, true)
    assert.doesNotMatch(await focus(), /Not Responding/)
    assert.equal(
      (await collect()).find(({ deviceFault }) => deviceFault),
      undefined,
    )
  })

  it('that locks the screen in the middle of a module is opened', async () => {
    await phone.sleep()
    await device.sessions.verifyIdentity()
    assert.equal((await phone.status()).locked, false)
  })
})
