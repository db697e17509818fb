import { setImmediate as nextTurn } from 'node:timers/promises'
import { AdbPhone } from '../../drivers/android/adb/adb-phone.js'
import { AdbServer } from '../../drivers/android/adb/adb-server.js'
import { startPhones } from '../phone/start-phones.js'

const attempts = 300

describe('a command of a phone that is aborted', () => {
  it('ends at whichever moment of its connection the abort comes', async () => {
    await using phones = await startPhones({ count: 1 })
    const server = await AdbServer.acquire({ host: '127.0.0.1', port: phones.adbPort }, 'adb')
    try {
      const phone = new AdbPhone(server, phones.phones[0]?.serial ?? '', 'alice')
      for (let turns = 0; turns < attempts; turns++) {
        const abort = new AbortController()
        const commands = [
          phone.exec('sleep 60', { signal: abort.signal, timeoutMs: 30_000 }),
          phone.openExec('sleep 60', abort.signal),
          phone.openShell('sleep 60', abort.signal),
        ]
        const settled = Promise.allSettled(commands)
        for (let turn = 0; turn < turns % 60; turn++) await nextTurn()
        abort.abort()
        // A command that never ends is found by the test's timeout.
        for (const result of await settled) {
          if (result.status === 'fulfilled' && !Buffer.isBuffer(result.value))
            result.value.on('error', () => {}).destroy()
        }
      }
    } finally {
      server.release()
    }
  })
})
