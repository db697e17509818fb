import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { makeApk } from '../../phone/apk/make-apk.js'
import type { PhoneClient } from '../../phone/client.js'
import { defaultBehavior } from '../../phone/phone-behavior.js'
import { startPhones, type Phones } from '../../phone/start-phones.js'

describe('faults of a simulated phone with real adb', () => {
  let phones: Phones
  let phone: PhoneClient

  before(async () => {
    phones = await startPhones({ count: 1, provisioned: false })
    phone = phones.phones[0]!
  })
  after(async () => phones.stop())
  afterEach(async () => phone.set(defaultBehavior))

  const adb = async (...args: string[]): Promise<string> => phones.adbServer!.adb('-s', phone.serial, ...args)
  const shell = async (line: string): Promise<string> => (await adb('shell', line)).trim()

  it('include a low and hot battery', async () => {
    await phone.set({ batteryPercent: 3, batteryCelsius: 47.2, charging: false })
    const dump = await shell('dumpsys battery')
    assert.match(dump, /USB powered: false[\s\S]*level: 3\n[\s\S]*temperature: 472/)
  })

  it('include a slow shell', async () => {
    await phone.set({ shellDelayMs: 400 })
    assert.ok((await timeOf(() => shell('true'))) > 400)
  })

  it("include failing installations, with the package manager's messages", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'baton-phone-'))
    const file = path.join(folder, 'app.apk')
    await writeFile(file, makeApk({ versionCode: 2 }))
    await phone.set({ failInstall: 'INSTALL_FAILED_USER_RESTRICTED: Install canceled by user' })
    await assert.rejects(
      adb('install', '-r', file),
      /Failure \[INSTALL_FAILED_USER_RESTRICTED: Install canceled by user\]/,
    )
    await phone.set({ failInstall: '' })
    await adb('install', '-r', file)
    assert.equal((await phone.status()).packages['baton.chat'], 2)
    await rm(folder, { recursive: true })
  })

  it('include a package manager that is dead or hangs', async () => {
    await phone.set({ packageManager: 'dead' })
    await assert.rejects(shell('pm list packages'), /Can't find service: package/)
    await phone.set({ packageManager: 'hung' })
    const hung = shell('pm list packages').catch(() => '')
    assert.equal(await shell('echo the shell answers'), 'the shell answers')
    await phone.unplug()
    // adb prints nothing and exits with 0 if the phone vanished.
    assert.equal(await hung, '')
    await phone.plug()
    await phone.connected()
  })

  it('include a reboot while unplugged: the phone is back after plugging it in', async () => {
    const { bootId } = await phone.status()
    await phone.set({ bootMs: 20 })
    await phone.reboot()
    await phone.unplug()
    while ((await phone.status()).bootId === bootId) await phone.status()
    assert.equal((await phone.status()).connections, 0)
    await phone.plug()
    await phone.connected()
    assert.equal(await shell('echo here'), 'here')
  })

  it('include an unplugged cable: the port stays reserved, even for other processes', async () => {
    await phone.unplug()
    const reserved = Number(phone.serial.replace('emulator-', ''))
    await assert.rejects(once(createServer().listen(reserved, '127.0.0.1'), 'listening'), { code: 'EADDRINUSE' })
    await phone.plug()
    await phone.connected()
  })

  it('include crashes and ANRs of the app in front, logged as Android does', async () => {
    await shell('am start -n baton.chat/.MainActivity')
    await phone.hangApp()
    await shell('am start -n baton.chat/.MainActivity')
    await phone.crashApp()
    const log = await shell('logcat -d -v threadtime')
    assert.match(
      log,
      / E ActivityManager: ANR in baton\.chat \(baton\.chat\/\.MainActivity\)\n.*: PID: \d+\n.*: Reason: Input/,
    )
    assert.match(log, / E AndroidRuntime: FATAL EXCEPTION: main\n.*: Process: baton\.chat, PID: \d+\n.*IllegalState/)
    assert.equal((await phone.status()).front, undefined)
    await assert.rejects(shell('pidof baton.chat'), /ended with 1/)
  })
})

async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await action()
  return performance.now() - from
}
