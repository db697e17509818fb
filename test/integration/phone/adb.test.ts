import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { makeApk } from '../../phone/apk/make-apk.js'
import type { PhoneClient } from '../../phone/client.js'
import { startPhones, type Phones } from '../../phone/start-phones.js'

describe('a simulated phone, to real adb', () => {
  let phones: Phones
  let phone: PhoneClient
  let folder: string

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'baton-phone-'))
    phones = await startPhones({ count: 1, provisioned: false })
    phone = phones.phones[0]!
  })
  after(async () => {
    await phones.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const adb = async (...args: string[]): Promise<string> => phones.adbServer!.adb('-s', phone.serial, ...args)
  const shell = async (line: string): Promise<string> => (await adb('shell', line)).trim()

  it('is listed with its properties', async () => {
    assert.match(await adb('devices', '-l'), new RegExp(`^${phone.serial} +device product:sim_one model:Sim_One`, 'm'))
    assert.equal(await shell('getprop ro.build.version.sdk'), '34')
    assert.equal(await shell('getprop sys.boot_completed'), '1')
    assert.equal(await shell('pm path android'), 'package:/system/framework/framework-res.apk')
    assert.equal(await shell('pm list packages -3'), 'package:baton.chat')
  })

  it('separates output, errors and exit codes', async () => {
    await assert.rejects(adb('shell', 'echo out; ls /nowhere'), /ended with 1: ls: \/nowhere: No such file.*\nout/)
    await assert.rejects(adb('shell', 'nonsense'), /ended with 127/)
    assert.equal(await shell('false || echo yes | grep -c y'), '1')
  })

  it('stores and returns a file of several messages', async () => {
    const file = path.join(folder, 'file')
    const content = randomBytes(700_000)
    await writeFile(file, content)
    await adb('push', file, '/sdcard/deep/copy')
    assert.equal(await shell('stat -c %s /sdcard/deep/copy'), '700000')
    await adb('pull', '/sdcard/deep/copy', `${file}.back`)
    assert.ok(content.equals(await readFile(`${file}.back`)))
    await shell('rm -r /sdcard/deep')
    await assert.rejects(adb('pull', '/sdcard/deep/copy', file), /does not exist/)
  })

  it('installs, replaces, clears and uninstalls apps, with permissions', async () => {
    const install = async (options: Parameters<typeof makeApk>[0], ...flags: string[]): Promise<string> => {
      const file = path.join(folder, 'app.apk')
      await writeFile(file, makeApk({ package: 'app.under.test', activity: '.Main', ...options }))
      return adb('install', ...flags, file)
    }
    const permissions = ['android.permission.CAMERA', 'android.permission.INTERNET']
    assert.match(await install({ versionCode: 2, versionName: '2.1', permissions }), /Success/)
    const dump = await shell('dumpsys package app.under.test')
    assert.match(
      dump,
      /versionCode=2 [\s\S]*versionName=2\.1\n[\s\S]*INTERNET: granted=true[\s\S]*CAMERA: granted=false/,
    )
    await shell('pm grant app.under.test android.permission.CAMERA')
    assert.match(await shell('dumpsys package app.under.test'), /CAMERA: granted=true/)
    assert.equal(await shell('pm clear app.under.test'), 'Success')
    assert.match(await shell('dumpsys package app.under.test'), /CAMERA: granted=false/)
    await assert.rejects(install({ versionCode: 1 }, '-r'), /INSTALL_FAILED_VERSION_DOWNGRADE/)
    await assert.rejects(install({ versionCode: 3, minSdk: 99 }, '-r'), /INSTALL_FAILED_OLDER_SDK/)
    assert.equal(
      await shell('cmd package resolve-activity --brief app.under.test | grep under'),
      'app.under.test/.Main',
    )
    assert.match(await adb('uninstall', 'app.under.test'), /Success/)
    await assert.rejects(shell('pm path app.under.test'), /ended with 1/)
    await writeFile(path.join(folder, 'no.apk'), 'no app')
    await assert.rejects(adb('install', path.join(folder, 'no.apk')), /INSTALL_PARSE_FAILED_NOT_APK/)
  })

  it('accounts for its storage', async () => {
    const before = (await phone.status()).freeBytes
    const file = path.join(folder, 'big.apk')
    await writeFile(file, makeApk({ package: 'app.big', payloadBytes: 2_000_000 }))
    await adb('install', file)
    assert.ok(before - (await phone.status()).freeBytes > 2_000_000)
    await adb('uninstall', 'app.big')
    assert.equal((await phone.status()).freeBytes, before)
    await phone.set({ freeBytes: 1_000_000 })
    assert.match(await shell('df /data'), / 976 +100% \/data/)
    await assert.rejects(adb('install', file), /INSTALL_FAILED_INSUFFICIENT_STORAGE/)
    await assert.rejects(adb('push', file, '/sdcard/big'), /No space left/)
    await phone.set({ freeBytes: before })
  })

  it('reverses a port to the computer until that is removed', async () => {
    const server = createServer(socket => socket.end('GET THIS')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await adb('reverse', 'tcp:7000', `tcp:${port}`)
    assert.match(await adb('reverse', '--list'), new RegExp(`tcp:7000 tcp:${port}`))
    await adb('reverse', '--remove', 'tcp:7000')
    await assert.rejects(adb('reverse', '--remove', 'tcp:7000'), /not found/)
    assert.match(await adb('reverse', 'tcp:0', `tcp:${port}`), /^\d+\n$/)
    await adb('reverse', '--remove-all')
    assert.deepEqual((await phone.status()).reverses, [])
    server.close()
  })

  it('takes screenshots', async () => {
    await shell('screencap -p /sdcard/screen.png')
    await adb('pull', '/sdcard/screen.png', path.join(folder, 'screen.png'))
    const picture = await readFile(path.join(folder, 'screen.png'))
    assert.equal(picture.toString('latin1', 1, 4), 'PNG')
    assert.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [720, 1600])
  })

  it('logs with its own clock', async () => {
    await phone.set({ clockSkewMs: 3_600_000 })
    const since = await shell("date '+%m-%d %H:%M:%S.%3N'")
    await phone.log({ tag: 'Test', message: 'an hour ahead', priority: 'W' })
    const lines = (await shell(`logcat -d -v threadtime -T '${since}' Test:V *:S`)).split('\n')
    assert.equal(lines.length, 2)
    assert.match(lines[1]!, /^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +\d+ +\d+ W Test +: an hour ahead$/)
    const ahead = Number(await shell('date +%s')) - Date.now() / 1000
    assert.ok(ahead > 3590 && ahead < 3610, String(ahead))
    await phone.set({ clockSkewMs: 0 })
  })

  it('is locked with a PIN, and unlocked by `input`', async () => {
    await phone.set({ pin: '1234' })
    await shell('input keyevent POWER')
    assert.match(await shell('dumpsys power | grep mWakefulness='), /Asleep/)
    await shell('input keyevent 224; wm dismiss-keyguard; input text 1111; input keyevent 66')
    assert.match(await shell('dumpsys window | grep mIsShowing'), /true/)
    await shell('input text 1234; input keyevent 66')
    assert.match(await shell('dumpsys window | grep mIsShowing'), /false/)
    await phone.set({ pin: '' })
  })

  it('keeps settings and behavior through a reboot, with a new boot id', async () => {
    await shell('settings put global window_animation_scale 0; settings put system my_key "a b"')
    const before = await shell('cat /proc/sys/kernel/random/boot_id')
    await phone.set({ bootMs: 50, bootCompleteMs: 60_000 })
    await adb('reboot')
    await phone.connected()
    assert.equal(await shell('getprop sys.boot_completed'), '')
    await assert.rejects(shell('pm list packages'), /Can't find service: package/)
    assert.equal(await shell('settings get system my_key; settings get global window_animation_scale'), 'a b\n0')
    assert.notEqual(await shell('cat /proc/sys/kernel/random/boot_id'), before)
  })
})
