/** What is special to the Android driver, with real adb on simulated phones. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AdbPhone } from '../../drivers/android/adb-phone.js'
import { AdbServer } from '../../drivers/android/adb-server.js'
import { androidDriver } from '../../drivers/android/android-driver.js'
import type { AppFile, DeviceObserver, PreparedDevice } from '../../src/device/driver.js'
import type { BatonError } from '../../src/error/baton-error.js'
import { makeOwnedDirectory, type OwnedDirectory } from '../../src/process/owned-directory.js'
import { makeApk } from '../phone/apk/make-apk.js'
import type { PhoneClient } from '../phone/client.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { deviceEntry, FarmBench } from './host/device-bench.js'
import { eventually } from './process/alive.js'

/** What a driver tells, to be waited for. */
class Told implements DeviceObserver {
  readonly #events: { what: 'lost' | 'back'; error?: BatonError }[] = []
  #wake: () => void = () => {}

  lost(error: BatonError): void {
    this.#events.push({ what: 'lost', error })
    this.#wake()
  }

  back(): void {
    this.#events.push({ what: 'back' })
    this.#wake()
  }

  /** @returns why, where it is lost */
  async next(what: 'lost' | 'back'): Promise<string> {
    while (this.#events.length === 0) await new Promise<void>(resolve => (this.#wake = resolve))
    const event = this.#events.shift()
    assert.equal(event?.what, what)
    return event.error?.message ?? ''
  }
}

describe('Android phones', () => {
  let phones: Phones
  let folder: OwnedDirectory
  let count = 0
  const taken: PreparedDevice[] = []
  // What a test that failed has not given back, the next ones need.
  afterEach(async () => void (await Promise.all(taken.splice(0).map(async prepared => prepared.dispose()))))
  before(async () => {
    phones = await startPhones({ count: 2 })
    folder = await makeOwnedDirectory('phones')
  })
  after(async () => {
    await phones.stop()
    await folder.remove()
  })

  const phoneAt = (index: number): PhoneClient => phones.phones[index] ?? assert.fail('no such phone')
  const prepare = async (
    own: object,
    observer: DeviceObserver = new Told(),
    client: { phone: PhoneClient; adbPort: number } = { phone: phoneAt(0), adbPort: phones.adbPort },
  ): Promise<PreparedDevice> => {
    const name = `phone-${count++}`
    const workDir = join(folder.path, name)
    await mkdir(workDir)
    const entry = deviceEntry(name, androidDriver, { udid: client.phone.serial, adb: { port: client.adbPort }, ...own })
    const prepared = await androidDriver.prepare(entry, { workDir, env: process.env, observer })
    taken.push(prepared)
    return prepared
  }
  const adbShell = async (command: string): Promise<string> =>
    ((await phones.adbServer?.adb('-s', phoneAt(0).serial, 'shell', command)) ?? '').trim()
  const lostTo = (message: RegExp) => ({ code: 'BATON_DEVICE_LOST', message })

  describe('that come and go', () => {
    it('are lost the moment adb says so, and back once they can be looked at', async () => {
      const told = new Told()
      const prepared = await prepare({}, told)
      const adb = await AdbServer.take({ host: '127.0.0.1', port: phones.adbPort }, 'adb')
      const { serial } = phoneAt(0)
      let adbSaidAt = 0
      const stop = adb.listen((udid, state) => {
        if (udid === serial && state !== 'device') adbSaidAt ||= performance.now()
      })
      try {
        await phoneAt(0).unplug()
        assert.match(await told.next('lost'), /is offline to adb|is not attached/)
        assert.ok(performance.now() - adbSaidAt < 100)
        await assert.rejects(async () => prepared.examine?.(), lostTo(/is not attached|is offline/))
        await phoneAt(0).plug()
        await told.next('back')
        await prepared.examine?.()
      } finally {
        stop()
        adb.release()
        await prepared.dispose()
      }
    })

    it('are lost where they freeze, by a probe, and back when they answer', async () => {
      const told = new Told()
      const prepared = await prepare({ health: { answerMs: 400 } }, told)
      try {
        await prepared.taken?.([])
        await phoneAt(0).freeze()
        assert.match(await told.next('lost'), /no longer answers: a shell on it took longer than 400 ms/)
        await assert.rejects(async () => prepared.examine?.(), lostTo(/does not answer/))
        await phoneAt(0).thaw()
        await told.next('back')
        await prepared.examine?.()
      } finally {
        await phoneAt(0).thaw()
        await prepared.dispose()
      }
    })

    it('may be absent at first, and bring their labels along', async () => {
      await phoneAt(0).unplug()
      const told = new Told()
      const prepared = await prepare({}, told)
      try {
        assert.equal(prepared.labels.length, 0)
        await assert.rejects(async () => prepared.examine?.(), lostTo(/is not attached|is offline/))
        await phoneAt(0).plug()
        await told.next('back')
        assert.ok(prepared.labels.includes('formFactor=phone'), String(prepared.labels))
      } finally {
        await prepared.dispose()
      }
    })

    it('are connected to by address, and again after a drop that adb does not tell of', async () => {
      await using wifi = await startPhones({ count: 1, style: 'connect' })
      const [phone = assert.fail()] = wifi.phones
      const told = new Told()
      const prepared = await prepare({ health: { answerMs: 400 } }, told, { phone, adbPort: wifi.adbPort })
      try {
        await prepared.examine?.()
        await prepared.taken?.([])
        await phone.unplug()
        await told.next('lost')
        await phone.plug()
        await told.next('back')
        await prepared.examine?.()
      } finally {
        await prepared.dispose()
      }
    })

    it('serve one farm at a time on a machine: a second is told who has them', async () => {
      const prepared = await prepare({})
      await assert.rejects(prepare({}), {
        code: 'BATON_DEVICE_TAKEN',
        message: new RegExp(`process ${process.pid} in `),
      })
      await prepared.dispose()
      await (await prepare({})).dispose()
    })
  })

  describe('that are not well', () => {
    it('are refused with the check and its value, and taken again', async () => {
      const told = new Told()
      for (const [knobs, mended, refusal] of [
        [{ batteryPercent: 7 }, { batteryPercent: 80 }, /battery: 7 %, at least 15 %/],
        [{ batteryCelsius: 51 }, { batteryCelsius: 25 }, /temperature: 51 °C, at most 45 °C/],
        [{ freeBytes: 5 * 1024 ** 2 }, { freeBytes: 4 * 1024 ** 3 }, /storage: [45] MB free/],
        [{ packageManager: 'dead' }, { packageManager: 'alive' }, /packages: the package manager does not answer/],
        [{ packageManager: 'hung' }, { packageManager: 'alive' }, /packages: no answer within 300 ms/],
      ] as const) {
        await phoneAt(0).set(knobs)
        const prepared = await prepare({ health: { answerMs: 300 } }, told)
        try {
          await assert.rejects(async () => prepared.examine?.(), { code: 'BATON_DEVICE_UNFIT', message: refusal })
          await phoneAt(0).set(mended)
          await prepared.examine?.()
        } finally {
          await phoneAt(0).set(mended)
          await prepared.dispose()
        }
      }
    })

    it('are rebooted where that may help and is allowed, once an hour at most', async () => {
      const told = new Told()
      const { bootId } = await phoneAt(0).status()
      await phoneAt(0).set({ packageManager: 'dead' })
      const prepared = await prepare({ health: { reboot: true } }, told)
      try {
        await assert.rejects(async () => prepared.examine?.(), { code: 'BATON_DEVICE_UNFIT' })
        await told.next('lost')
        await told.next('back')
        const second = (await phoneAt(0).status()).bootId
        assert.notEqual(second, bootId)
        await assert.rejects(async () => prepared.examine?.(), { code: 'BATON_DEVICE_UNFIT' })
        assert.equal((await phoneAt(0).status()).bootId, second)
      } finally {
        await phoneAt(0).set({ packageManager: 'alive' })
        await prepared.dispose()
        await eventually('it has booted', async () => (await phoneAt(0).status()).bootCompleted, 10_000)
      }
    })

    it('are woken and unlocked, by their PIN where they have one', async () => {
      await phoneAt(0).set({ pin: '4711' })
      await phoneAt(0).sleep()
      const locked = await prepare({})
      await assert.rejects(async () => locked.examine?.(), { code: 'BATON_DEVICE_UNFIT', message: /lock: / })
      await locked.dispose()
      const opened = await prepare({ prepare: { pin: '4711' } })
      await opened.examine?.()
      assert.equal((await phoneAt(0).status()).locked, false)
      await opened.dispose()
      await phoneAt(0).set({ pin: '' })
    })
  })

  describe('that are prepared', () => {
    const settings = async (): Promise<string[]> =>
      Promise.all(
        [
          'settings get global window_animation_scale',
          'settings get global stay_on_while_plugged_in',
          'settings get system user_rotation',
          'getprop persist.sys.timezone',
          'settings get global baton_restore',
        ].map(adbShell),
      )
    const wishes = { prepare: { orientation: 'landscape', timezone: 'Asia/Tokyo' } }

    it('are as they were when they are released', async () => {
      const before = await settings()
      const prepared = await prepare(wishes)
      await prepared.examine?.()
      assert.deepEqual((await settings()).slice(0, 4), ['0', '7', '1', 'Asia/Tokyo'])
      await prepared.dispose()
      assert.deepEqual(await settings(), before)
    })

    it('are put back by whoever has them next, where a host was killed', async () => {
      const before = await settings()
      const prepared = await prepare(wishes)
      await prepared.examine?.()
      // A killed host: the phone is gone before anything can be put back.
      await phoneAt(0).unplug()
      await prepared.dispose()
      await phoneAt(0).plug()
      await phoneAt(0).connected()
      assert.equal((await settings())[3], 'Asia/Tokyo')
      const next = await prepare({})
      await next.examine?.()
      assert.deepEqual((await settings()).slice(0, 4), ['0', '7', before[2], before[3]])
      await next.dispose()
      assert.deepEqual(await settings(), before)
    })
  })

  describe('and the app under test', () => {
    const file = async (name: string, content: Buffer): Promise<AppFile> => {
      const path = join(folder.path, name)
      await writeFile(path, content)
      return { hash: createHash('sha256').update(content).digest('hex'), path, name }
    }
    const versionOf = async (): Promise<number | undefined> => (await phoneAt(0).status()).packages['baton.chat']

    it('install it once for each content, whoever installs another meanwhile', async () => {
      const prepared = await prepare({})
      const log = async (): Promise<string> => adbShell('dumpsys package baton.chat')
      try {
        const first = await file('one.apk', makeApk({ versionCode: 41 }))
        const capabilities = await prepared.useApp?.(first)
        assert.equal(capabilities?.['appium:appPackage'], 'baton.chat')
        assert.equal(await versionOf(), 41)
        const installed = await log()
        await prepared.useApp?.(first)
        assert.equal(await log(), installed, 'it was installed again')
        // an older one is in the way of itself: it is removed first
        await prepared.useApp?.(await file('two.apk', makeApk({ versionCode: 40 })))
        assert.equal(await versionOf(), 40)
        await prepared.useApp?.(first)
        assert.equal(await versionOf(), 41)
      } finally {
        await prepared.dispose()
      }
    })

    it('say that it has no room before all of a large one was sent', async () => {
      const prepared = await prepare({ health: { storageMb: 0 } })
      try {
        await phoneAt(0).set({ freeBytes: 1_000 })
        const large = await file('large.apk', makeApk({ versionCode: 43, payloadBytes: 64 * 1024 ** 2 }))
        for (let time = 0; time < 5; time++) {
          await assert.rejects(async () => prepared.useApp?.(large), {
            code: 'BATON_APP_REFUSED',
            message: /INSTALL_FAILED_INSUFFICIENT_STORAGE/,
            hint: 'free some space on the phone',
          })
        }
      } finally {
        await phoneAt(0).set({ freeBytes: 4 * 1024 ** 3 })
        await prepared.dispose()
      }
    })

    it('refuse one that was built anew since it was named', async () => {
      const prepared = await prepare({})
      try {
        const app = await file('built.apk', makeApk({ versionCode: 44 }))
        await file('built.apk', makeApk({ versionCode: 45 }))
        await assert.rejects(async () => prepared.useApp?.(app), {
          code: 'BATON_APP_REFUSED',
          message: /built\.apk could not be installed: the file has changed since Baton was started/,
        })
      } finally {
        await prepared.dispose()
      }
    })

    it("say in the phone's own words why it was refused, and what to do", async () => {
      const prepared = await prepare({})
      try {
        await phoneAt(0).set({ failInstall: 'INSTALL_FAILED_USER_RESTRICTED: Install canceled by user' })
        await assert.rejects(async () => prepared.useApp?.(await file('three.apk', makeApk({ versionCode: 42 }))), {
          code: 'BATON_APP_REFUSED',
          message: /phone-\d+: three.apk could not be installed: .*INSTALL_FAILED_USER_RESTRICTED/,
          hint: /developer options/,
        })
        await phoneAt(0).set({ failInstall: '' })
        const bogus = await file('bogus.apk', Buffer.from('no zip'))
        await assert.rejects(async () => prepared.useApp?.(bogus), { code: 'BATON_APP_REFUSED', message: /no \.apk/ })
      } finally {
        await phoneAt(0).set({ failInstall: '' })
        await prepared.dispose()
      }
      await assert.rejects(prepare({ app: 'app.aab' }), { code: 'BATON_CONFIG_INVALID', hint: /bundletool/ })
    })
  })

  describe('and their sessions', () => {
    let bench: FarmBench
    before(async () => {
      bench = await FarmBench.start([androidDriver], { env: phones.adbServer?.env ?? {} })
    })
    after(async () => bench.stop())

    it('drive no other phone: one whose port leads elsewhere is given up', async () => {
      const entry = deviceEntry('led-astray', androidDriver, { udid: phoneAt(0).serial, adb: { port: phones.adbPort } })
      const { keeper, prepared } = await bench.add(entry, androidDriver)
      const session = await keeper.ready()
      await keeper.verify()
      const { systemPort } = session.capabilities
      await phones.adbServer?.adb('-s', phoneAt(1).serial, 'forward', `tcp:${String(systemPort)}`, 'tcp:6790')
      await assert.rejects(keeper.verify(), {
        code: 'BATON_SESSION_LOST',
        message: /led-astray does not drive .*: its port leads to another phone/,
      })
      assert.equal(keeper.session, undefined)
      await keeper.close()
      await prepared.dispose()
    })

    it('leave the app its permissions where they were granted', async () => {
      const apk = join(folder.path, 'camera.apk')
      await writeFile(apk, makeApk({ versionCode: 90, permissions: ['android.permission.CAMERA'] }))
      // Whoever had the phone before did not ask for it.
      const before = await prepare({ app: apk })
      await before.useApp?.(undefined)
      await before.dispose()
      const own = { udid: phoneAt(0).serial, adb: { port: phones.adbPort }, app: apk, grantPermissions: true }
      const { keeper, prepared } = await bench.add(deviceEntry('granting', androidDriver, own), androidDriver, {
        reset: 'app',
      })
      const granted = async (): Promise<boolean> =>
        (await adbShell('dumpsys package baton.chat')).includes('android.permission.CAMERA: granted=true')
      assert.ok(!(await granted()))
      await keeper.ready((await prepared.useApp?.(undefined)) ?? {})
      assert.ok(await granted(), 'though it was there already')
      await keeper.recycle()
      assert.ok(await granted(), 'after its data were cleared')
      await keeper.close()
      await prepared.dispose()
    })

    it('name a crash of the app in what is collected', async () => {
      const entry = {
        ...deviceEntry('crashing', androidDriver, { udid: phoneAt(0).serial, adb: { port: phones.adbPort } }),
        capabilities: { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' },
      }
      const { keeper, prepared } = await bench.add(entry, androidDriver)
      await keeper.ready()
      await prepared.taken?.([])
      const adb = await AdbServer.take({ host: '127.0.0.1', port: phones.adbPort }, 'adb')
      const log = await new AdbPhone(adb, phoneAt(0).serial, 'crashing').open(
        'shell:logcat -T 1',
        new AbortController().signal,
      )
      await phoneAt(0).crashApp()
      // The phone's log has it: so has, a moment later, the driver's.
      for (let text = ''; !text.includes('FATAL EXCEPTION');) text += String((await once(log, 'data'))[0])
      log.destroy()
      adb.release()
      const directory = join(folder.path, 'evidence')
      await mkdir(directory)
      const artifacts = await keeper.collect(directory, 5_000)
      assert.match(artifacts.find(({ kind }) => kind === 'device-log')?.finding ?? '', /^baton\.chat crashed: \S+/)
    })
  })
})
