import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import adbkit from '@devicefarmer/adbkit'
import type { PhoneClient } from '../../phone/client.js'
import { startPhones, type Phones } from '../../phone/start-phones.js'
import { eventually } from '../process/alive.js'

type Client = ReturnType<typeof adbkit.Adb.createClient>
type Tracker = Awaited<ReturnType<Client['trackDevices']>>

interface Listed {
  id: string
  type: string
}

describe('simulated phones with adbkit', () => {
  let phones: Phones
  let phone: PhoneClient
  let client: Client
  let tracker: Tracker

  before(async () => {
    phones = await startPhones({ count: 2 })
    phone = phones.phones[0]!
    client = adbkit.Adb.createClient({ host: '127.0.0.1', port: phones.adbPort })
    tracker = await client.trackDevices()
  })
  after(async () => {
    tracker.end()
    await phones.stop()
  })

  const device = () => client.getDevice(phone.serial)
  const shell = async (line: string): Promise<string> => (await text(await device().shell(line))).trim()

  /** Resolves when the tracker reports the event for the phone. */
  async function tells(event: string): Promise<void> {
    for (;;) {
      const [{ id }] = (await once(tracker, event)) as [{ id: string }]
      if (id === phone.serial) return
    }
  }

  it('are listed, answer, and report properties', async () => {
    const listed = await client.listDevices()
    assert.deepEqual(
      listed.map(({ id, type }: Listed) => `${id} ${type}`).sort(),
      phones.phones.map(({ serial }) => `${serial} device`).sort(),
    )
    assert.equal(await shell('echo 10 | grep -c 0; settings get global wifi_on'), '1\n1')
    const properties = await device().getProperties()
    assert.equal(properties['ro.product.manufacturer'], 'Simulacrum')
    assert.equal(await device().waitBootComplete(), true)
    assert.ok((await device().getPackages()).includes('baton.chat'))
    assert.equal(await device().isInstalled('baton.chat'), true)
    assert.equal(await device().isInstalled('no.such.app'), false)
  })

  it('store and return files, and take screenshots', async () => {
    const content = Buffer.alloc(100_000, 7)
    await once(await device().push(Readable.from([content]), '/sdcard/x'), 'end')
    assert.equal((await device().stat('/sdcard/x')).size, content.length)
    assert.deepEqual(
      (await device().readdir('/sdcard')).map(({ name }: { name: string }) => name),
      ['x'],
    )
    assert.ok((await buffer(await device().pull('/sdcard/x'))).equals(content))
    assert.equal((await buffer(await device().screencap())).toString('latin1', 1, 4), 'PNG')
  })

  it('reverse a port: an app on the phone reaches a server on the computer', async () => {
    const greeted: string[] = []
    const server: Server = createServer((socket: Socket) => {
      socket.once('data', chunk => {
        greeted.push(String(chunk).split('\r\n')[0]!)
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await device().reverse('tcp:7000', `tcp:${port}`)
    assert.deepEqual(
      (await device().listReverses()).map(({ remote, local }: Record<string, string>) => `${remote} ${local}`),
      [`tcp:7000 tcp:${port}`],
    )
    const greeting = once(server, 'connection')
    await shell('am start -n baton.chat/.MainActivity --es server http://localhost:7000 --es room den')
    await shell('input tap 300 350; input text alice; input tap 300 490')
    await greeting
    server.close()
    assert.match(await shell('dumpsys activity activities'), /baton\.chat\/baton\.chat\.MainActivity/)
  })

  it('leave the tracker when unplugged, and come back', async () => {
    const gone = tells('remove')
    await phone.unplug()
    await gone
    const back = tells('add')
    await phone.plug()
    await back
    await phone.connected()
    assert.equal(await shell('echo here'), 'here')
  })

  it('leave and come back when they reboot', async () => {
    const { bootId } = await phone.status()
    const gone = tells('remove')
    await phone.set({ bootMs: 100, bootCompleteMs: 100 })
    await shell('reboot')
    await gone
    await phone.connected()
    assert.equal(await device().waitBootComplete(), true)
    const after = await phone.status()
    assert.notEqual(after.bootId, bootId)
    assert.deepEqual(after.reverses, [])
    assert.equal(after.front, undefined)
  })

  it('answer nothing while frozen', async () => {
    await phone.freeze()
    const answered = shell('echo late')
    const first = await Promise.race([answered, phone.status().then(() => 'nothing yet')])
    assert.equal(first, 'nothing yet')
    assert.ok((await client.listDevices()).some(({ id, type }: Listed) => id === phone.serial && type === 'device'))
    await phone.thaw()
    assert.equal(await answered, 'late')
  })

  it('find a restarted server again', async () => {
    tracker.end()
    await phones.adbServer!.restart()
    await Promise.all(phones.phones.map(phone => phone.connected()))
    tracker = await client.trackDevices()
    assert.equal(await shell('echo here'), 'here')
  })

  it('end logcat with its reader', async () => {
    const stream = await device().shell('logcat')
    await once(stream, 'readable')
    assert.equal((await phone.status()).logcatReaders, 1)
    stream.end()
    await eventually('nobody reads it', async () => (await phone.status()).logcatReaders === 0)
  })
})

describe('a simulated phone on Wi-Fi', () => {
  it('is attached by `adb connect`, offline after a drop, and attached again by disconnect and connect', async () => {
    await using phones = await startPhones({ count: 1, style: 'connect' })
    const [phone] = phones.phones
    const adb = async (...args: string[]): Promise<string> => phones.adbServer!.adb(...args)
    assert.doesNotMatch(await adb('devices'), /127\.0\.0\.1/)
    await adb('connect', phone!.serial)
    await adb('-s', phone!.serial, 'wait-for-device')
    assert.equal((await adb('-s', phone!.serial, 'shell', 'echo here')).trim(), 'here')
    await phone!.unplug()
    const isOffline = async (): Promise<boolean> => new RegExp(`${phone!.serial}\\s+offline`).test(await adb('devices'))
    await eventually('adb has noticed', isOffline)
    await phone!.plug()
    await adb('disconnect', phone!.serial)
    await adb('connect', phone!.serial)
    await phone!.connected()
    assert.equal((await adb('-s', phone!.serial, 'shell', 'echo again')).trim(), 'again')
  })
})
