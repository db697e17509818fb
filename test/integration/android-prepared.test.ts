/** What the Android driver changes on a phone, and how it is put back, with real adb on simulated phones. */
import assert from 'node:assert/strict'
import type { PhoneClient } from '../phone/client.js'
import { PhoneBench, Told } from './host/phone-bench.js'

describe('Android phones that are prepared', () => {
  let bench: PhoneBench
  before(async () => {
    bench = await PhoneBench.start(1)
  })
  afterEach(async () => bench.giveBack())
  after(async () => bench.stop())

  const phone = (): PhoneClient => bench.phoneAt(0)
  const settings = async (): Promise<string[]> =>
    Promise.all(
      [
        'settings get global window_animation_scale',
        'settings get global stay_on_while_plugged_in',
        'settings get system user_rotation',
        'getprop persist.sys.timezone',
        'settings get global baton_restore',
      ].map(async command => bench.shell(command)),
    )
  const wishes = { prepare: { orientation: 'landscape', timezone: 'Asia/Tokyo' } }

  it('are as they were when they are released', async () => {
    const before = await settings()
    const prepared = await bench.prepare(wishes)
    await prepared.examine?.()
    assert.deepEqual((await settings()).slice(0, 4), ['0', '7', '1', 'Asia/Tokyo'])
    await prepared.dispose()
    assert.deepEqual(await settings(), before)
  })

  it('are so too where they were away meanwhile, and where they are released before they were looked at again', async () => {
    const before = await settings()
    for (const looks of [true, false]) {
      const told = new Told()
      const prepared = await bench.prepare(wishes, told)
      await prepared.examine?.()
      await phone().unplug()
      await told.next('lost')
      await phone().plug()
      await told.next('back')
      if (looks) await prepared.examine?.()
      assert.equal((await settings())[3], 'Asia/Tokyo')
      await prepared.dispose()
      assert.deepEqual(await settings(), before)
      await assert.rejects(async () => prepared.examine?.(), {
        code: 'BATON_DEVICE_LOST',
        message: /is no longer served/,
      })
    }
  })

  it('are refused where they let no setting be changed, and nothing is', async () => {
    const before = await settings()
    await phone().set({ settingsForbidden: true })
    const prepared = await bench.prepare(wishes)
    try {
      await assert.rejects(async () => prepared.examine?.(), {
        code: 'BATON_DEVICE_UNFIT',
        message: /lets no setting be changed over adb: .*SecurityException/,
        hint: /developer options/,
      })
      assert.deepEqual(await settings(), before)
      // Where there is nothing to change there is nothing to forbid.
      await prepared.dispose()
      await (await bench.prepare({ prepare: { stayAwake: false, animations: true } })).examine?.()
    } finally {
      await phone().set({ settingsForbidden: false })
    }
  })

  it('keep the note of what they were like until it holds again', async () => {
    const before = await settings()
    const prepared = await bench.prepare(wishes)
    await prepared.examine?.()
    await phone().set({ settingsForbidden: true })
    await prepared.dispose()
    await phone().set({ settingsForbidden: false })
    assert.notEqual((await settings())[4], 'null')
    const next = await bench.prepare({})
    await next.examine?.()
    await next.dispose()
    assert.deepEqual(await settings(), before)
  })

  it('are put back by whoever has them next, where a host was killed', async () => {
    const before = await settings()
    const prepared = await bench.prepare(wishes)
    await prepared.examine?.()
    // A killed host: the phone is gone before anything can be put back.
    await phone().unplug()
    await prepared.dispose()
    await phone().plug()
    await phone().connected()
    assert.equal((await settings())[3], 'Asia/Tokyo')
    const next = await bench.prepare({})
    await next.examine?.()
    assert.deepEqual((await settings()).slice(0, 4), ['0', '7', before[2], before[3]])
    await next.dispose()
    assert.deepEqual(await settings(), before)
  })
})
