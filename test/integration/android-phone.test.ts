/** The Android driver with real adb on simulated phones. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppFile } from '../../src/device/driver/app-capability.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import type { OwnedDirectory } from '../../src/process/owned-directory.js'
import { makeApk } from '../phone/apk/make-apk.js'
import type { PhoneClient } from '../phone/client.js'
import { startPhones } from '../phone/start-phones.js'
import { PhoneBench, DeviceEvents } from './host/phone-bench.js'

describe('Android phones', () => {
  let bench: PhoneBench
  let folder: OwnedDirectory
  before(async () => {
    bench = await PhoneBench.start(2)
    folder = bench.folder
  })
  afterEach(async () => bench.disposeAll())
  after(async () => bench.stop())

  const phoneAt = (index: number): PhoneClient => bench.phoneAt(index)
  const prepare: PhoneBench['prepare'] = async (...args) => bench.prepare(...args)
  const adbShell = async (command: string): Promise<string> => bench.shell(command)
  const lostTo = (message: RegExp) => ({ code: 'BATON_DEVICE_LOST', message })

  describe('that come and go', () => {
    it('are lost when adb reports it, and back when they can be checked', async () => {
      const deviceEvents = new DeviceEvents()
      const prepared = await prepare({}, deviceEvents)
      try {
        await phoneAt(0).unplug()
        assert.match(await deviceEvents.next('lost'), /is offline to adb|is not attached/)
        await assert.rejects(async () => prepared.health?.check(), lostTo(/is not attached|offline/))
        await phoneAt(0).plug()
        await deviceEvents.next('back')
        await prepared.health?.check()
      } finally {
        await prepared.dispose()
      }
    })

    it('are checked in full if they leave and come back during a reset', async () => {
      const deviceEvents = new DeviceEvents()
      const prepared = await prepare({}, deviceEvents)
      /** The phone leaves and comes back during the last command of the reset. */
      const command: HostSession['command'] = async (_method, path) => {
        if (path !== '/timeouts') return
        await adbShell('echo')
        await phoneAt(0).unplug()
        await deviceEvents.next('lost')
        await phoneAt(0).plug()
        await deviceEvents.next('back')
      }
      try {
        await prepared.health?.check()
        const session = {
          id: 'session',
          capabilities: {},
          usedCommands: new Set<string>(),
          dialogTypes: new Map<string, string>(),
          command,
        }
        await prepared.sessions.reset(session, 'app', new AbortController().signal)
        await phoneAt(0).set({ batteryPercent: 7 })
        await assert.rejects(async () => prepared.health?.check(), { code: 'BATON_DEVICE_UNFIT' })
      } finally {
        await phoneAt(0).set({ batteryPercent: 83 })
        await prepared.dispose()
      }
    })

    it('are lost if they freeze, and back when they answer', async () => {
      const deviceEvents = new DeviceEvents()
      const prepared = await prepare({ health: { answerMs: 2_000 } }, deviceEvents)
      try {
        await prepared.reservation?.reserve([])
        await phoneAt(0).freeze()
        assert.match(await deviceEvents.next('lost'), /no longer answers: a shell on it took longer than 2000 ms/)
        await assert.rejects(async () => prepared.health?.check(), lostTo(/does not answer/))
        await phoneAt(0).thaw()
        await deviceEvents.next('back')
        await prepared.health?.check()
      } finally {
        await phoneAt(0).thaw()
        await prepared.dispose()
      }
    })

    it('are back by themselves if only their connection is stuck', async () => {
      const deviceEvents = new DeviceEvents()
      const prepared = await prepare({ health: { answerMs: 1_000 } }, deviceEvents)
      try {
        await prepared.reservation?.reserve([])
        await phoneAt(0).stall()
        await deviceEvents.next('lost')
        await deviceEvents.next('back')
        await prepared.health?.check()
      } finally {
        await prepared.dispose()
      }
    })

    it('may be absent at first, and get their labels later', async () => {
      await phoneAt(0).unplug()
      const deviceEvents = new DeviceEvents()
      const prepared = await prepare({}, deviceEvents)
      try {
        assert.equal(prepared.labels.length, 0)
        await assert.rejects(async () => prepared.health?.check(), lostTo(/is not attached|offline/))
        await phoneAt(0).plug()
        await deviceEvents.next('back')
        assert.ok(prepared.labels.includes('formFactor=phone'), String(prepared.labels))
      } finally {
        await phoneAt(0).plug()
        await prepared.dispose()
      }
    })

    it('are connected by address, and again after a drop that adb does not report', async () => {
      await using wifi = await startPhones({ count: 1, style: 'connect' })
      const [phone = assert.fail()] = wifi.phones
      const deviceEvents = new DeviceEvents()
      const prepared = await prepare({ health: { answerMs: 2_000 } }, deviceEvents, { phone, adbPort: wifi.adbPort })
      try {
        await prepared.health?.check()
        await prepared.reservation?.reserve([])
        await phone.unplug()
        await deviceEvents.next('lost')
        await phone.plug()
        await deviceEvents.next('back')
        await prepared.health?.check()
      } finally {
        await prepared.dispose()
      }
    })

    it('get their labels later if they were too slow when they were attached', async () => {
      const deviceEvents = new DeviceEvents()
      // Longer than the deadline of any command.
      await phoneAt(0).set({ shellDelayMs: 5_500 })
      const prepared = await prepare({}, deviceEvents)
      try {
        assert.equal(prepared.labels.length, 0)
        await phoneAt(0).set({ shellDelayMs: 0 })
        await prepared.health?.check()
        await deviceEvents.next('back')
        assert.ok(prepared.labels.some(label => label.startsWith('model=')))
      } finally {
        await phoneAt(0).set({ shellDelayMs: 0 })
        await prepared.dispose()
      }
    })

    it('serve one farm at a time on a machine: a second one gets an error that names the first', async () => {
      const prepared = await prepare({})
      await assert.rejects(prepare({}), {
        code: 'BATON_DEVICE_TAKEN',
        message: new RegExp(`process ${process.pid} in `),
      })
      await prepared.dispose()
      await (await prepare({})).dispose()
    })
  })

  describe('with an app under test', () => {
    const file = async (name: string, content: Buffer): Promise<AppFile> => {
      const path = join(folder.path, name)
      await writeFile(path, content)
      return { hash: createHash('sha256').update(content).digest('hex'), path, name }
    }
    const versionOf = async (): Promise<number | undefined> => (await phoneAt(0).status()).packages['baton.chat']

    it('install it once for each content, and again if somebody else replaced it', async () => {
      const prepared = await prepare({})
      const log = async (): Promise<string> => adbShell('dumpsys package baton.chat')
      try {
        const first = await file('one.apk', makeApk({ versionCode: 41 }))
        const capabilities = await prepared.apps?.use(first)
        assert.equal(capabilities?.['appium:appPackage'], 'baton.chat')
        assert.equal(await versionOf(), 41)
        const installed = await log()
        // Costs each module a command that this check does not need.
        await phoneAt(0).set({ stuckCommand: 'am get-current-user' })
        await prepared.apps?.use(first)
        await phoneAt(0).set({ stuckCommand: '' })
        assert.equal(await log(), installed, 'it was installed again')
        // The newer version must be removed before an older one can be installed.
        await prepared.apps?.use(await file('two.apk', makeApk({ versionCode: 40 })))
        assert.equal(await versionOf(), 40)
        await prepared.apps?.use(first)
        assert.equal(await versionOf(), 41)
      } finally {
        await prepared.dispose()
      }
    })

    it('refuse a large app for lack of space before all of it was sent', async () => {
      const prepared = await prepare({ health: { storageMb: 0 } })
      try {
        await phoneAt(0).set({ freeBytes: 1_000 })
        const large = await file('large.apk', makeApk({ versionCode: 43, payloadBytes: 64 * 1024 ** 2 }))
        for (let time = 0; time < 5; time++) {
          await assert.rejects(async () => prepared.apps?.use(large), {
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

    it('refuse an app that was rebuilt since the run was submitted', async () => {
      const prepared = await prepare({})
      try {
        const app = await file('built.apk', makeApk({ versionCode: 44 }))
        await file('built.apk', makeApk({ versionCode: 45 }))
        await assert.rejects(async () => prepared.apps?.use(app), {
          code: 'BATON_APP_REFUSED',
          message: /built\.apk could not be installed: the file has changed since Baton was started/,
        })
      } finally {
        await prepared.dispose()
      }
    })

    it("refuse an app with the phone's message and a hint", async () => {
      const prepared = await prepare({})
      try {
        await phoneAt(0).set({ failInstall: 'INSTALL_FAILED_USER_RESTRICTED: Install canceled by user' })
        await assert.rejects(async () => prepared.apps?.use(await file('three.apk', makeApk({ versionCode: 42 }))), {
          code: 'BATON_APP_REFUSED',
          message: /phone-\d+: three.apk could not be installed: .*INSTALL_FAILED_USER_RESTRICTED/,
          hint: /developer options/,
        })
        await phoneAt(0).set({ failInstall: '' })
        const bogus = await file('bogus.apk', Buffer.from('no zip'))
        await assert.rejects(async () => prepared.apps?.use(bogus), {
          code: 'BATON_APP_REFUSED',
          message: /not an \.apk/,
        })
      } finally {
        await phoneAt(0).set({ failInstall: '' })
        await prepared.dispose()
      }
      await assert.rejects(prepare({ app: 'app.aab' }), { code: 'BATON_CONFIG_INVALID', hint: /bundletool/ })
    })
  })
})
