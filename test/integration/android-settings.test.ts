/** Settings that the Android driver changes and restores, with real adb on simulated phones. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { PhoneClient } from '../phone/client.js'
import { PhoneBench, DeviceEvents } from './host/phone-bench.js'
import { eventually } from './process/alive.js'

const preparingMain = fileURLToPath(new URL('host/preparing-main.js', import.meta.url))

describe('settings of Android phones', () => {
  let bench: PhoneBench
  before(async () => {
    bench = await PhoneBench.start(1)
  })
  afterEach(async () => bench.disposeAll())
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

  it('are restored when the phone is released', async () => {
    const before = await settings()
    const prepared = await bench.prepare(wishes)
    await prepared.health?.check()
    assert.deepEqual((await settings()).slice(0, 4), ['0', '7', '1', 'Asia/Tokyo'])
    await prepared.dispose()
    assert.deepEqual(await settings(), before)
  })

  it('are restored after a disconnection too, even before the next health check', async () => {
    const before = await settings()
    for (const looks of [true, false]) {
      const deviceEvents = new DeviceEvents()
      const prepared = await bench.prepare(wishes, deviceEvents)
      await prepared.health?.check()
      await phone().unplug()
      await deviceEvents.next('lost')
      await phone().plug()
      await deviceEvents.next('back')
      if (looks) await prepared.health?.check()
      assert.equal((await settings())[3], 'Asia/Tokyo')
      await prepared.dispose()
      assert.deepEqual(await settings(), before)
      await assert.rejects(async () => prepared.health?.check(), {
        code: 'BATON_DEVICE_LOST',
        message: /is no longer served/,
      })
    }
  })

  it('are not changed on a phone that forbids it, which is refused', async () => {
    const before = await settings()
    await phone().set({ settingsForbidden: true })
    const prepared = await bench.prepare(wishes)
    try {
      await assert.rejects(async () => prepared.health?.check(), {
        code: 'BATON_DEVICE_UNFIT',
        message: /does not allow adb to change settings: .*SecurityException/,
        hint: /developer options/,
      })
      assert.deepEqual(await settings(), before)
      // If nothing is to be changed, the restriction does not matter.
      await prepared.dispose()
      await (await bench.prepare({ prepare: { stayAwake: false, animations: true } })).health?.check()
    } finally {
      await phone().set({ settingsForbidden: false })
    }
  })

  it('keep their snapshot until all of them are restored', async () => {
    const before = await settings()
    const prepared = await bench.prepare(wishes)
    await prepared.health?.check()
    await phone().set({ settingsForbidden: true })
    await prepared.dispose()
    await phone().set({ settingsForbidden: false })
    assert.notEqual((await settings())[4], 'null')
    const next = await bench.prepare({})
    await next.health?.check()
    await next.dispose()
    assert.deepEqual(await settings(), before)
  })

  for (const [moment, stuckCommand, isNoted, changed] of [
    ['before its note', 'settings put global baton_restore', false, []],
    ['between note and change', 'settings put global stay_on_while_plugged_in', true, []],
    ['between two changes', 'settings --user current put system user_rotation', true, ['0', '7']],
    ['after the last change', '', true, ['0', '7', '1', 'Asia/Tokyo']],
  ] as const) {
    it(`are restored by the next host if a host was killed ${moment}`, async () => {
      const before = await settings()
      await phone().set({ stuckCommand })
      const own = { udid: phone().serial, adb: { port: bench.phones.adbPort }, ...wishes }
      const host = fork(preparingMain, [JSON.stringify(own), await bench.newFolder()], { silent: true })
      const prepared = once(host.stdout ?? assert.fail(), 'data')
      const isStuck = async (): Promise<boolean> => (await bench.shell('pidof settings || true')) !== ''
      await (stuckCommand === '' ? prepared : eventually('it is stuck', isStuck))
      host.kill('SIGKILL')
      assert.deepEqual(await once(host, 'exit'), [null, 'SIGKILL'])
      await eventually('it is gone', async () => !(await isStuck()))
      await phone().set({ stuckCommand: '' })
      const [note, ...left] = (await settings()).toReversed()
      assert.deepEqual(left.toReversed(), [...changed, ...before.slice(changed.length, -1)])
      assert.equal(note !== 'null', isNoted)

      const next = await bench.prepare({ prepare: { stayAwake: false, animations: true } })
      await next.health?.check()
      assert.deepEqual((await settings()).slice(0, -1), before.slice(0, -1))
      await next.dispose()
      assert.deepEqual(await settings(), before)
    })
  }
})
