/** On one machine a phone serves one farm at a time: locks with real files and processes. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFolder, lockPhone, type LockedPhone } from '../../drivers/android/phone-lock.js'
import { BatonError } from '../../src/error/baton-error.js'
import { eventually } from './process/alive.js'

describe('the lock of a phone', () => {
  const aPhone = (): LockedPhone => ({ udid: randomUUID(), device: 'alice', adb: { host: '127.0.0.1', port: 5999 } })
  const taken = { code: 'BATON_DEVICE_TAKEN', message: new RegExp(`process ${process.pid} in `) }
  let deadPid = 0

  before(async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    deadPid = child.pid ?? 0
    await once(child, 'exit')
  })

  it('is exclusive until it is released, and then leaves nothing behind', async () => {
    const phone = aPhone()
    const lock = await lockPhone(phone)
    await assert.rejects(lockPhone(phone), taken)
    await lock.release()
    await (await lockPhone(phone)).release()
    assert.ok(!existsSync(lockFolder(phone)))
  })

  it('is the same for all names of this machine', async () => {
    const phone = aPhone()
    const lock = await lockPhone(phone)
    await assert.rejects(lockPhone({ ...phone, adb: { ...phone.adb, host: 'localhost' } }), taken)
    await lock.release()
  })

  it('has one owner if several processes take it over from a dead one at once', async () => {
    for (let round = 0; round < 40; round++) {
      const phone = aPhone()
      const folder = lockFolder(phone)
      await mkdir(folder)
      // Every other file is empty, as after a power cut.
      const owner = { pid: deadPid, user: process.getuid?.(), directory: '/', since: 'then' }
      await writeFile(join(folder, 'owner.json'), round % 2 ? '' : JSON.stringify(owner))
      const tries = await Promise.allSettled(Array.from({ length: 8 }, async () => lockPhone(phone)))
      const held = tries.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
      const refused = tries.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
      assert.equal(held.length, 1, `${held.length} hold it`)
      for (const reason of refused)
        assert.ok(reason instanceof BatonError && reason.code === taken.code, String(reason))
      await held[0]?.release()
      assert.ok(!existsSync(folder))
    }
  })

  it('ends with a killed process, and does not remove a newer one', async () => {
    const [phone, second] = [aPhone(), aPhone()]
    const module = new URL('../../drivers/android/phone-lock.js', import.meta.url).href
    const script = `const { lockPhone } = await import(${JSON.stringify(module)})
      for (const phone of ${JSON.stringify([phone, second])}) await lockPhone(phone)
      console.log('held')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await assert.rejects(lockPhone(phone), { message: new RegExp(`process ${child.pid} in `) })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const lock = await lockPhone(phone)
    // A lock that nobody takes over is removed by the reaper.
    await eventually('its reaper is done', async () => !existsSync(lockFolder(second)))
    await assert.rejects(lockPhone(phone), taken)
    await lock.release()
    assert.ok(!existsSync(lockFolder(phone)))
  })
})
