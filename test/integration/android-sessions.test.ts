/** Sessions with real Appium, the real UiAutomator2 driver and real adb, on simulated phones. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { androidDriver } from '../../drivers/android/android-driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import type { OwnedDirectory } from '../../src/process/owned-directory.js'
import { makeApk } from '../phone/apk/make-apk.js'
import type { PhoneClient } from '../phone/client.js'
import type { Phones } from '../phone/start-phones.js'
import { freePort } from '../../src/process/free-port.js'
import { deviceEntry, FarmBench } from './host/device-bench.js'
import { PhoneBench, DeviceEvents } from './host/phone-bench.js'
import { RecordedAdb } from './host/recorded-adb.js'
import { eventually, isAlive } from './process/alive.js'

describe('sessions of Android phones', () => {
  let bench: PhoneBench
  let phones: Phones
  let folder: OwnedDirectory
  let recorded: RecordedAdb
  let farm: FarmBench
  before(async () => {
    bench = await PhoneBench.start(2)
    ;({ phones, folder } = bench)
    recorded = await RecordedAdb.make(await bench.newFolder(), phones.adbServer?.env ?? {})
    farm = await FarmBench.start([androidDriver], { env: recorded.env })
  })
  afterEach(async () => bench.disposeAll())
  after(async () => {
    await farm.stop()
    await bench.stop()
  })

  const phoneAt = (index: number): PhoneClient => bench.phoneAt(index)
  const adbShell = async (command: string): Promise<string> => bench.shell(command)

  it('blame an app for not starting only if it is installed and at fault', async () => {
    const content = makeApk({ versionCode: 46, activity: 'baton.chat.Gone' })
    const app = { hash: createHash('sha256').update(content).digest('hex'), path: join(folder.path, 'gone.apk') }
    await writeFile(app.path, content)
    const gone = { ...app, name: 'gone.apk' }
    const entry = deviceEntry('starter', androidDriver, { udid: phoneAt(0).serial, adb: { port: phones.adbPort } })
    const { sessions, prepared } = await farm.add(entry, androidDriver)
    const opening = sessions.ready({ ...(await prepared.apps?.use(gone)), 'appium:appActivity': 'baton.chat.Never' })
    const { message } = await opening.then(
      () => assert.fail('a session is open'),
      (error: Error) => error,
    )
    const refusal = await prepared.apps?.startRefusal(gone, message)
    assert.equal(refusal?.code, 'BATON_APP_REFUSED')
    assert.match(refusal.message, /^starter: gone\.apk could not be started: .*Activity class .*Never.* does not exist/)
    const lost = "Cannot start the 'baton.chat' application. Original error: device offline"
    assert.equal(await prepared.apps?.startRefusal(gone, lost), undefined)
    await adbShell('pm uninstall baton.chat')
    assert.equal(await prepared.apps?.startRefusal(gone, message), undefined, 'somebody has removed it')
    await sessions.close()
    await prepared.dispose()
  })

  it('fail if the package manager hangs, and open when it answers again', async () => {
    const own = { udid: phoneAt(0).serial, adb: { port: phones.adbPort }, health: { answerMs: 500 } }
    const { sessions, prepared } = await farm.add(deviceEntry('hanging', androidDriver, own), androidDriver)
    await adbShell('pm uninstall io.appium.settings')
    await phoneAt(0).set({ hangInInstall: true })
    await assert.rejects(sessions.ready(), {
      code: 'BATON_DEVICE_UNFIT',
      message: /^hanging \(.*\) failed its health check: packages: 4 pings in a row without an answer within 500 ms/,
    })
    await phoneAt(0).set({ hangInInstall: false, packageManager: 'alive' })
    const { capabilities } = await sessions.ready()
    assert.equal(capabilities['deviceUDID'], phoneAt(0).serial)
    await sessions.close()
    await prepared.dispose()
  })

  it('are closed if their port leads to another phone', async () => {
    const entry = deviceEntry('led-astray', androidDriver, { udid: phoneAt(0).serial, adb: { port: phones.adbPort } })
    const { sessions, prepared } = await farm.add(entry, androidDriver)
    const session = await sessions.ready()
    await sessions.verifyIdentity()
    const { systemPort } = session.capabilities
    await phones.adbServer?.adb('-s', phoneAt(1).serial, 'forward', `tcp:${String(systemPort)}`, 'tcp:6790')
    await assert.rejects(sessions.verifyIdentity(), {
      code: 'BATON_SESSION_LOST',
      message: /led-astray does not drive .*: its systemPort leads to another phone/,
    })
    assert.equal(sessions.session, undefined)
    await sessions.close()
    await prepared.dispose()
  })

  it("are closed if their udid is another phone's", async () => {
    const entry = deviceEntry('astray', androidDriver, { udid: phoneAt(0).serial, adb: { port: phones.adbPort } })
    const capabilities = { 'appium:udid': phoneAt(1).serial }
    const { sessions, prepared } = await farm.add({ ...entry, capabilities }, androidDriver)
    await assert.rejects(
      async () => {
        await sessions.ready()
        await sessions.verifyIdentity()
      },
      {
        code: 'BATON_SESSION_LOST',
        message: new RegExp(`astray does not drive ${phoneAt(0).serial}: its udid is '${phoneAt(1).serial}'`),
        hint: /remove 'appium:udid' from its capabilities/,
      },
    )
    assert.equal(sessions.session, undefined)
    await sessions.close()
    await prepared.dispose()
  })

  it('have their own ports when opened concurrently, fixed ones too', async () => {
    const mjpeg = [await freePort(), await freePort()]
    const opened = await Promise.all(
      mjpeg.map(async (port, index) => {
        const own = { udid: phoneAt(index).serial, adb: { port: phones.adbPort } }
        const entry = deviceEntry(`own-ports-${index}`, androidDriver, own)
        const capabilities = { 'appium:mjpegServerPort': port }
        const device = await farm.add({ ...entry, capabilities }, androidDriver)
        return { ...device, session: await device.sessions.ready() }
      }),
    )
    const forwards = async (): Promise<string[]> =>
      ((await phones.adbServer?.adb('forward', '--list')) ?? '').split('\n').filter(Boolean).toSorted()
    const expected = opened.flatMap(({ session }, index) => [
      `${phoneAt(index).serial} tcp:${String(session.capabilities['systemPort'])} tcp:6790`,
      `${phoneAt(index).serial} tcp:${mjpeg[index]} tcp:7810`,
    ])
    assert.deepEqual(await forwards(), expected.toSorted())
    await Promise.all(opened.map(async ({ sessions }) => sessions.verifyIdentity()))
    // As another farm on this machine would do with the same port.
    await phones.adbServer?.adb('-s', phoneAt(1).serial, 'forward', `tcp:${mjpeg[0]}`, 'tcp:7810')
    const [first, second] = opened
    await assert.rejects(async () => first?.sessions.verifyIdentity(), {
      code: 'BATON_SESSION_LOST',
      message: /its mjpegServerPort leads to another phone/,
    })
    await second?.sessions.verifyIdentity()
    for (const { sessions, prepared } of opened) {
      await sessions.close()
      await prepared.dispose()
    }
    assert.deepEqual(
      (await forwards()).filter(line => line.includes('tcp:6790')),
      [],
    )
  })

  it('keep the permissions that were granted to the app', async () => {
    const apk = join(folder.path, 'camera.apk')
    await writeFile(apk, makeApk({ versionCode: 90, permissions: ['android.permission.CAMERA'] }))
    // Installed by an earlier process without permissions.
    const before = await bench.prepare({ app: apk })
    await before.apps?.use(undefined)
    await before.dispose()
    const own = { udid: phoneAt(0).serial, adb: { port: phones.adbPort }, app: apk, grantPermissions: true }
    const { sessions, prepared } = await farm.add(deviceEntry('granting', androidDriver, own), androidDriver, {
      reset: 'app',
    })
    const granted = async (): Promise<boolean> =>
      (await adbShell('dumpsys package baton.chat')).includes('android.permission.CAMERA: granted=true')
    assert.ok(!(await granted()))
    await sessions.ready((await prepared.apps?.use(undefined)) ?? {})
    assert.ok(await granted(), 'though it was there already')
    await sessions.recycle()
    assert.ok(await granted(), 'after its data were cleared')
    await sessions.close()
    await prepared.dispose()
  })

  it('get screenshots through adb if the session is dead', async () => {
    const own = { udid: phoneAt(0).serial, adb: { port: phones.adbPort } }
    const { sessions, prepared } = await farm.add(deviceEntry('dead-session', androidDriver, own), androidDriver)
    await sessions.ready()
    await phoneAt(0).crashInstrumentation()
    const directory = join(folder.path, 'dead-session')
    await mkdir(directory)
    const artifacts = await sessions.collect(directory, 5_000)
    const screenshot = artifacts.find(({ kind }) => kind === 'screenshot')
    assert.equal((await readFile(screenshot?.path ?? '')).toString('latin1', 1, 4), 'PNG')
    assert.ok(!artifacts.some(({ kind }) => kind === 'source'), 'nobody can tell what is on it')
    await sessions.close()
    await prepared.dispose()
  })

  it('report a crash of the app with the collected artifacts', async () => {
    const entry = {
      ...deviceEntry('crashing', androidDriver, { udid: phoneAt(0).serial, adb: { port: phones.adbPort } }),
      capabilities: { 'appium:appPackage': 'baton.chat', 'appium:appActivity': '.MainActivity' },
    }
    const { sessions, prepared, workDir } = await farm.add(entry, androidDriver)
    const session = await sessions.ready()
    await prepared.reservation?.reserve([])
    const directory = join(folder.path, 'artifacts')
    await mkdir(directory)
    /** As if the log lagged behind: the crash is logged while the screenshot is taken. */
    const command: HostSession['command'] = async (method, path, ...rest) => {
      if (path === '/screenshot') {
        await phoneAt(0).crashApp()
        await eventually('the log has it', async () => (await logOf(workDir)).includes('simulated crash'))
      }
      return session.command(method, path, ...rest)
    }
    const artifacts = await prepared.artifacts?.collect({ ...session, command }, directory)
    const deviceLog = artifacts?.find(({ kind }) => kind === 'device-log')
    assert.match(deviceLog?.summary ?? '', /^baton\.chat crashed: \S+/)
    assert.match(await readFile(deviceLog?.path ?? '', 'utf8'), /FATAL EXCEPTION/)
    await sessions.close()
    await prepared.dispose()
  })
  it('skip installation on a prepared phone, but not after a loss or a failed opening', async () => {
    const deviceEvents = new DeviceEvents()
    const own = { udid: phoneAt(0).serial, adb: { port: phones.adbPort } }
    const { sessions, prepared } = await farm.add(deviceEntry('warm', androidDriver, own), androidDriver, {
      observer: deviceEvents,
    })
    /** Whether the driver was asked to skip its installations, and whether it installed anything. */
    const opened = async (open: () => Promise<HostSession>): Promise<unknown[]> => {
      const before = (await recorded.calls()).length
      const { capabilities } = await open()
      const calls = (await recorded.calls()).slice(before)
      const prepares = calls.some(call => /(shell dumpsys package|install .*\/)io\.appium\./.test(call))
      return [capabilities['skipServerInstallation'], capabilities['skipDeviceInitialization'], prepares]
    }
    const [whole, warm] = [
      [undefined, undefined, true],
      [true, true, false],
    ]
    assert.deepEqual(await opened(async () => sessions.ready()), whole)
    assert.deepEqual(await opened(async () => sessions.reopen()), warm)
    const noApp = { 'appium:appPackage': 'no.such.app', 'appium:appActivity': '.Main' }
    await assert.rejects(sessions.reopen(noApp), { code: 'BATON_SESSION_FAILED' })
    assert.deepEqual(await opened(async () => sessions.ready()), whole)
    // Without it, the server would search for the phone for seconds.
    await sessions.session?.command('DELETE', '')
    sessions.serverLost()
    await phoneAt(0).unplug()
    await deviceEvents.next('lost')
    await phoneAt(0).plug()
    await deviceEvents.next('back')
    assert.deepEqual(await opened(async () => sessions.ready()), whole)
    await sessions.close()
    await prepared.dispose()
  })

  it('never kill the shared adb server, and use no other one', async () => {
    const own = { udid: phoneAt(0).serial, adb: { port: phones.adbPort } }
    const { sessions, prepared } = await farm.add(deviceEntry('guest', androidDriver, own), androidDriver)
    await sessions.ready()
    await sessions.reopen()
    await sessions.close()
    await prepared.dispose()
    const calls = await recorded.calls()
    assert.ok(calls.length > 0)
    const isOwnBusiness = (call: string): boolean =>
      call.startsWith(`-P ${phones.adbPort} `) && !/ (start|kill)-server\b/.test(call)
    assert.deepEqual(
      calls.filter(call => !isOwnBusiness(call)),
      [],
    )
    assert.ok(await isAlive(phones.adbServer?.pid ?? 0))
  })
})

/** The recorded log of a phone. */
const logOf = async (workDir: string): Promise<string> => readFile(join(workDir, 'logcat.txt'), 'utf8').catch(() => '')
