/** Health checks and recorded logs of phones, with real adb on simulated phones. */
import assert from 'node:assert/strict'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AdbPhone } from '../../drivers/android/adb/adb-phone.js'
import { AdbServer } from '../../drivers/android/adb/adb-server.js'
import { LogcatRecorder } from '../../drivers/android/artifacts/logcat-recorder.js'
import type { PreparedDevice } from '../../src/device/driver/driver.js'
import type { PhoneClient } from '../phone/client.js'
import type { Phones } from '../phone/start-phones.js'
import { PhoneBench, DeviceEvents } from './host/phone-bench.js'
import { eventually } from './process/alive.js'

describe('Android phones', () => {
  let bench: PhoneBench
  let phones: Phones
  before(async () => {
    bench = await PhoneBench.start(1)
    phones = bench.phones
  })
  afterEach(async () => bench.disposeAll())
  after(async () => bench.stop())

  const phoneAt = (index: number): PhoneClient => bench.phoneAt(index)
  const prepare: PhoneBench['prepare'] = async (...args) => bench.prepare(...args)
  const adbShell = async (command: string): Promise<string> => bench.shell(command)
  const lostTo = (message: RegExp) => ({ code: 'BATON_DEVICE_LOST', message })

  describe('that fail a health check', () => {
    it('are refused with the check and its value, and accepted again later', async () => {
      const deviceEvents = new DeviceEvents()
      for (const [behavior, mended, refusal] of [
        [{ batteryPercent: 7 }, { batteryPercent: 80 }, /battery: 7 %, at least 15 %/],
        [{ batteryCelsius: 51 }, { batteryCelsius: 25 }, /temperature: 51 °C, at most 45 °C/],
        [{ freeBytes: 5 * 1024 ** 2 }, { freeBytes: 4 * 1024 ** 3 }, /storage: [45] MB free/],
        [{ packageManager: 'dead' }, { packageManager: 'alive' }, /packages: the package manager does not answer/],
        [{ packageManager: 'hung' }, { packageManager: 'alive' }, /packages: no answer within 2000 ms/],
      ] as const) {
        await phoneAt(0).set(behavior)
        const prepared = await prepare({ health: { answerMs: 2_000 } }, deviceEvents)
        try {
          await assert.rejects(async () => prepared.health?.check(), { code: 'BATON_DEVICE_UNFIT', message: refusal })
          await phoneAt(0).set(mended)
          await prepared.health?.check()
        } finally {
          await phoneAt(0).set(mended)
          await prepared.dispose()
        }
      }
    })

    it('are refused until they have booted', async () => {
      const deviceEvents = new DeviceEvents()
      const prepared = await prepare({}, deviceEvents)
      const reboot = async (bootCompleteMs: number): Promise<void> => {
        await phoneAt(0).set({ bootCompleteMs })
        await phoneAt(0).reboot()
        await deviceEvents.next('lost')
        await deviceEvents.next('back')
      }
      try {
        await reboot(600_000)
        await assert.rejects(async () => prepared.health?.check(), {
          code: 'BATON_DEVICE_UNFIT',
          message: /boot: Android has not finished booting/,
        })
      } finally {
        await reboot(200)
        await eventually('it has booted', async () => (await phoneAt(0).status()).bootCompleted)
        await prepared.health?.check()
        await prepared.dispose()
      }
    })

    it('are lost if their shell is slow', async () => {
      const prepared = await prepare({ health: { answerMs: 2_000 } })
      await phoneAt(0).set({ shellDelayMs: 4_000 })
      try {
        await assert.rejects(
          async () => prepared.health?.check(),
          lostTo(/(did not answer a command|does not answer .*) within 2000 ms/),
        )
        await phoneAt(0).set({ shellDelayMs: 0 })
        await eventually(
          'it answers',
          async () =>
            prepared.health?.check().then(
              () => true,
              () => false,
            ) ?? false,
        )
      } finally {
        await phoneAt(0).set({ shellDelayMs: 0 })
        await prepared.dispose()
      }
    })

    it('are refused if their screen stays off', async () => {
      const prepared = await prepare({})
      await phoneAt(0).set({ screenDead: true })
      await phoneAt(0).sleep()
      try {
        await assert.rejects(async () => prepared.health?.check(), {
          code: 'BATON_DEVICE_UNFIT',
          message: /screen: it is off and could not be turned on/,
        })
        await phoneAt(0).set({ screenDead: false })
        await prepared.health?.check()
        assert.equal((await phoneAt(0).status()).screenOn, true)
      } finally {
        await phoneAt(0).set({ screenDead: false })
        await prepared.dispose()
      }
    })

    it('are rebooted if allowed, at most once an hour across hosts', async () => {
      const deviceEvents = new DeviceEvents()
      const { bootId } = await phoneAt(0).status()
      await phoneAt(0).set({ packageManager: 'dead', upMs: 3_600_000 })
      const refused = async (prepared: PreparedDevice): Promise<string> => {
        await assert.rejects(async () => prepared.health?.check(), { code: 'BATON_DEVICE_UNFIT' })
        return (await phoneAt(0).status()).bootId
      }
      const forbidden = await prepare({})
      assert.equal(await refused(forbidden), bootId)
      await forbidden.dispose()
      await phoneAt(0).set({ upMs: 0 })
      const another = await prepare({ health: { reboot: true } })
      assert.equal(await refused(another), bootId, 'it was started less than an hour ago')
      await another.dispose()
      await phoneAt(0).set({ upMs: 3_600_000 })
      const prepared = await prepare({ health: { reboot: true } }, deviceEvents)
      try {
        await assert.rejects(async () => prepared.health?.check(), { code: 'BATON_DEVICE_UNFIT' })
        await deviceEvents.next('lost')
        await deviceEvents.next('back')
        const second = (await phoneAt(0).status()).bootId
        assert.notEqual(second, bootId)
        await assert.rejects(async () => prepared.health?.check(), { code: 'BATON_DEVICE_UNFIT' })
        assert.equal((await phoneAt(0).status()).bootId, second)
      } finally {
        await phoneAt(0).set({ packageManager: 'alive', upMs: 0 })
        await prepared.dispose()
        await eventually('it has booted', async () => (await phoneAt(0).status()).bootCompleted)
      }
    })

    it('are woken and unlocked, by PIN if there is one', async () => {
      await phoneAt(0).set({ pin: '4711' })
      await phoneAt(0).sleep()
      const locked = await prepare({})
      await assert.rejects(async () => locked.health?.check(), { code: 'BATON_DEVICE_UNFIT', message: /lock: / })
      await locked.dispose()
      const opened = await prepare({ prepare: { pin: '4711' } })
      await opened.health?.check()
      assert.equal((await phoneAt(0).status()).locked, false)
      await opened.dispose()
      await phoneAt(0).set({ pin: '' })
    })

    it('get their PIN typed only on the lock screen, never into an app', async () => {
      const screen = async (): Promise<string | undefined> =>
        phones.adbServer?.adb('-s', phoneAt(0).serial, 'exec-out', 'screencap -p')
      await adbShell('am start -n baton.chat/.MainActivity; input tap 360 350; input text Al')
      const before = await screen()
      await phoneAt(0).sleep()
      const opened = await prepare({ prepare: { pin: '4711' } })
      await opened.health?.check()
      await opened.dispose()
      assert.ok((await screen()) === before, 'it was typed into the app')
    })
  })

  describe('whose log is recorded', () => {
    it('have logcat restarted if it ended while they were attached', async () => {
      const prepared = await prepare({})
      const readers = async (): Promise<number> => (await phoneAt(0).status()).logcatReaders
      try {
        await eventually('it is read', async () => (await readers()) === 1)
        await adbShell('pkill logcat')
        await eventually('nobody reads it', async () => (await readers()) === 0)
        await eventually('the next module has it read', async () => {
          await prepared.reservation?.reserve([])
          return (await readers()) === 1
        })
      } finally {
        await prepared.dispose()
      }
    })

    it('keep working if the disk is full: crashes are still reported', async () => {
      const directory = await bench.newFolder()
      const server = await AdbServer.acquire({ host: '127.0.0.1', port: phones.adbPort }, 'adb')
      const window = new LogcatRecorder(new AdbPhone(server, phoneAt(0).serial, 'full'), directory)
      await symlink('/dev/full', join(directory, 'logcat.txt'))
      window.start()
      try {
        await eventually('it is read', async () => (await phoneAt(0).status()).logcatReaders === 1)
        await adbShell('am start -n baton.chat/.MainActivity')
        await phoneAt(0).crashApp()
        await eventually('the crash is found', async () => window.crashes.reports.length > 0)
        // The next module's log is recorded again when there is space.
        window.clear()
        await phoneAt(0).log({ tag: 'Chat', message: 'kept again' })
        await eventually('it is kept', async () => window.read()?.includes('kept again') === true)
      } finally {
        window.stop()
        server.release()
      }
    })

    it('keep the log since the module started, or its end if it is too long', async () => {
      const prepared = await prepare({})
      const megabyte = 'x'.repeat(1024 ** 2)
      const log = async (message: string): Promise<void> => phoneAt(0).log({ tag: 'Chat', message })
      const kept = async (): Promise<string> => {
        const artifacts = (await prepared.artifacts?.collect(undefined, await bench.newFolder())) ?? []
        const file = artifacts.find(({ kind }) => kind === 'device-log')
        return file ? readFile(file.path, 'utf8') : ''
      }
      const keeps = async (text: string): Promise<void> =>
        void (await eventually(`the log has ${text}`, async () => (await kept()).includes(text)))
      try {
        await log('before the module')
        await keeps('before the module')
        await prepared.reservation?.reserve([])
        await log('it begins')
        await keeps('it begins')
        assert.ok(!(await kept()).includes('before the module'))
        for (let at = 0; at < 8; at++) await log(`part ${at} ${megabyte}`)
        await log('it ends')
        await keeps('it ends')
        const text = await kept()
        assert.ok(text.length > 2 * 1024 ** 2 && text.length < 5 * 1024 ** 2, `${text.length} bytes`)
        assert.ok(!text.includes('it begins') && text.includes('part 7'))
      } finally {
        await prepared.dispose()
      }
    })
  })
})
