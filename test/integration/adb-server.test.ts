/** Connecting to an adb server, and deadlines for one that does not answer. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { AdbPhone } from '../../drivers/android/adb/adb-phone.js'
import { AdbServer } from '../../drivers/android/adb/adb-server.js'
import { startPhones } from '../phone/start-phones.js'
import { freePort } from '../../src/process/free-port.js'

/** Forwards connections to a port, like another machine that can be halted. */
const relay = `
const { connect, createServer } = require('node:net')
const server = createServer(near => {
  const far = connect(Number(process.argv[1]), '127.0.0.1')
  near.pipe(far).pipe(near)
  for (const end of [near, far]) end.on('error', () => {})
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))
process.stdin.resume().on('end', () => process.exit())
`

describe('an adb server', () => {
  it('delays no command beyond its deadline if its machine has halted', async () => {
    await using phones = await startPhones({ count: 1 })
    const machine = spawn(process.execPath, ['-e', relay, String(phones.adbPort)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const pending: Socket[] = []
    try {
      const [line] = (await once(createInterface({ input: machine.stdout }), 'line')) as [string]
      const address = { host: '127.0.0.1', port: Number(line) }
      const server = await AdbServer.acquire(address, 'adb')
      const phone = new AdbPhone(server, phones.phones[0]?.serial ?? '', 'far')
      assert.equal(await phone.shell('echo here'), 'here\n')
      machine.kill('SIGSTOP')
      await fillBacklog(address, pending)
      const asked = performance.now()
      await assert.rejects(phone.shell('echo here', 300), {
        code: 'BATON_DEVICE_LOST',
        message: /does not answer: no answer within 300 ms/,
      })
      const tookMs = performance.now() - asked
      assert.ok(tookMs < 10_000, `${tookMs} ms`)
      server.release()
    } finally {
      for (const socket of pending) socket.destroy()
      const exited = once(machine, 'exit')
      machine.kill('SIGKILL')
      await exited
    }
  })

  it('is not started on this machine if it runs on another one that refuses', async () => {
    const port = await freePort()
    try {
      // The driver takes every address except the loopback's for another machine's.
      await assert.rejects(AdbServer.acquire({ host: '0.0.0.0', port }, 'adb'), { code: 'ECONNREFUSED' })
      const free = createServer().listen(port, '127.0.0.1')
      await once(free, 'listening')
      free.close()
    } finally {
      await once(spawn('adb', ['-P', String(port), 'kill-server']), 'close')
    }
  })
})

/** Fills the server's queue: afterwards connections are neither accepted nor refused. */
async function fillBacklog(address: { host: string; port: number }, pending: Socket[]): Promise<void> {
  for (let accepted = true; accepted;) {
    const socket = connect(address)
    pending.push(socket)
    accepted = await once(socket, 'connect', { signal: AbortSignal.timeout(500) }).then(
      () => true,
      () => false,
    )
  }
}
