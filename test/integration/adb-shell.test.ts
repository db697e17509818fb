/** Commands on a phone's shell, with a real adb server. */
import assert from 'node:assert/strict'
import { AdbPhone } from '../../drivers/android/adb/adb-phone.js'
import { AdbServer } from '../../drivers/android/adb/adb-server.js'
import { startPhones, type Phones } from '../phone/start-phones.js'

for (const plainShell of [false, true]) {
  describe(`the shell of a phone ${plainShell ? 'older than Android 7' : 'with shell protocol 2'}`, () => {
    let phones: Phones
    let server: AdbServer
    let phone: AdbPhone
    before(async () => {
      phones = await startPhones({ count: 1, behavior: { plainShell } })
      server = await AdbServer.acquire({ host: '127.0.0.1', port: phones.adbPort }, 'adb')
      phone = new AdbPhone(server, phones.phones[0]?.serial ?? '', 'alice')
    })
    after(async () => {
      server.release()
      await phones.stop()
    })

    it('reports output, errors and the exit code', async () => {
      assert.equal(await phone.shell('echo héllo'), 'héllo\n')
      const failed = await phone.run('echo before; pm grant nobody.there android.permission.CAMERA')
      assert.equal(failed.exitCode, 255)
      assert.match(plainShell ? failed.stdout : failed.stderr, /Unknown package: nobody\.there/)
      assert.equal(failed.stdout.startsWith('before\n'), true)
      if (!plainShell) assert.equal(failed.stdout, 'before\n')
    })

    it('fails with the errors of a command that fails', async () => {
      await assert.rejects(phone.shell('pm grant nobody.there android.permission.CAMERA'), {
        code: 'BATON_DEVICE_UNFIT',
        message: /alice .*`pm grant nobody\.there` failed with exit code 255: .*Unknown package/s,
      })
    })

    it('passes bytes unchanged, in both directions', async () => {
      const png = await phone.exec('screencap -p')
      assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n')
      const noApp = Buffer.alloc(200_000, 0xfe)
      const answer = await phone.run(`cmd package install -S ${noApp.length}`, { input: noApp })
      assert.match(answer.stdout, /^Failure \[INSTALL_PARSE_FAILED/m)
    })

    it('is not reached if the connection closes in the middle of a command', async () => {
      const sleeping = phone.run('sleep 20', { timeoutMs: 20_000 })
      await phones.phones[0]?.unplug()
      await assert.rejects(sleeping, { code: 'BATON_DEVICE_LOST' })
      await phones.phones[0]?.plug()
      await phones.phones[0]?.connected()
    })
  })
}
