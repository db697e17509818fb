/** How the Android driver unlocks a phone, with real adb on simulated phones. */
import assert from 'node:assert/strict'
import type { PhoneClient } from '../phone/client.js'
import { PhoneBench } from './host/phone-bench.js'

describe('the lock screen of an Android phone', () => {
  let bench: PhoneBench
  before(async () => {
    bench = await PhoneBench.start(1)
  })
  afterEach(async () => {
    await bench.disposeAll()
    await phone().set({ pin: '', swipeMs: 0, pinEntryMs: 0, settingsForbidden: false })
    await bench.shell('wm dismiss-keyguard; settings delete global baton_refused_pin')
  })
  after(async () => bench.stop())

  const phone = (): PhoneClient => bench.phoneAt(0)
  const refusals = async (): Promise<number> => (await phone().status()).pinRefusals
  const lockedPhone = async (pin: string | undefined): Promise<() => Promise<void>> => {
    await phone().sleep()
    const prepared = await bench.prepare(pin === undefined ? {} : { prepare: { pin } })
    return async () => (prepared.health ?? assert.fail()).check()
  }

  it('is waited for until it has slid away', async () => {
    await phone().set({ swipeMs: 600 })
    await (
      await lockedPhone(undefined)
    )()
    assert.equal((await phone().status()).locked, false)
  })

  it('is waited for until it takes the PIN', async () => {
    await phone().set({ pin: '4711', pinEntryMs: 300 })
    await (
      await lockedPhone('4711')
    )()
    assert.equal((await phone().status()).locked, false)
    assert.equal(await bench.shell('settings get global baton_refused_pin'), 'null')
  })

  it('gets no PIN if a swipe opens it', async () => {
    await phone().set({ swipeMs: 600 })
    await (
      await lockedPhone('4711')
    )()
    assert.equal((await phone().status()).locked, false)
    assert.equal(await refusals(), 0)
  })

  for (const settingsForbidden of [false, true]) {
    it(`gets a wrong PIN once${settingsForbidden ? ', even if the phone stores no settings' : ', by all hosts together'}`, async () => {
      const before = await refusals()
      await phone().set({ pin: '4711', settingsForbidden })
      const refused = { code: 'BATON_DEVICE_UNFIT', message: /pin: it refused the PIN of `prepare\.pin`/ }
      const check = await lockedPhone('0000')
      for (let time = 0; time < 3; time++) await assert.rejects(check, refused)
      if (!settingsForbidden) {
        await bench.disposeAll()
        await assert.rejects(await lockedPhone('0000'), refused)
      }
      assert.equal((await refusals()) - before, 1)
      assert.doesNotMatch(await bench.shell('settings get global baton_refused_pin'), /0000/)
      // Another PIN is tried.
      await bench.disposeAll()
      await phone().set({ settingsForbidden: false })
      await (
        await lockedPhone('4711')
      )()
      assert.equal((await phone().status()).locked, false)
    })
  }
})
