import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { machineIdentity } from '../../src/host/machine-identity.js'
import { networkAddress } from '../../src/host/gateway/gateway-address.js'
import { pingGateway } from '../../src/host/gateway/gateway-ping.js'
import { Gateway, type GatewayOptions } from '../../src/host/gateway/gateway.js'
import { RecordingServer } from './host/recording-server.js'

const farmSecret = 'secret'

describe('the address of a gateway', () => {
  const gateways: Gateway[] = []
  const start = async (options: Partial<GatewayOptions> = {}): Promise<Gateway> => {
    const gateway = await Gateway.start({ farmSecret: () => farmSecret, verifyLease: async () => false, ...options })
    gateways.push(gateway)
    return gateway
  }
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map(gateway => gateway.close()))
  })

  it('is the one that it listens on, unless it advertises another', async () => {
    const plain = await start()
    assert.match(plain.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.equal(plain.isLocalOnly, true)
    const advertised = await start({ host: '0.0.0.0', advertise: { host: '192.0.2.5', port: 4700 } })
    assert.equal(advertised.url, 'http://192.0.2.5:4700')
    assert.deepEqual(advertised.address, { protocol: 'http', hostname: '192.0.2.5', port: 4700, path: '/' })
    assert.equal(advertised.isLocalOnly, false)
    const v6 = await start({ advertise: { host: '2001:db8::5' } })
    assert.match(v6.url, /^http:\/\/\[2001:db8::5\]:\d+$/)
    assert.equal(v6.address.hostname, '[2001:db8::5]')
  })

  it('is a loopback address if it listens on all interfaces without advertising one', async () => {
    const v4 = await start({ host: '0.0.0.0' })
    assert.match(v4.url, /^http:\/\/127\.0\.0\.1:/)
    assert.equal(v4.isLocalOnly, true)
    const v6 = await start({ host: '::' })
    assert.match(v6.url, /^http:\/\/\[::1\]:/)
    assert.equal(v6.isLocalOnly, true)
  })

  it('is on the network of the farm by default, or if it listens on all interfaces', async () => {
    // Stands for any address of this machine: a test has no network to rely on.
    const networkAddress = '127.0.0.2'
    const plain = await start({ networkAddress })
    assert.match(plain.url, /^http:\/\/127\.0\.0\.2:\d+$/)
    for (const host of ['0.0.0.0', '::']) {
      const all = await start({ host, networkAddress })
      assert.match(all.url, /^http:\/\/127\.0\.0\.2:\d+$/)
      assert.equal(all.isLocalOnly, false)
    }
    // Nobody reaches IPv6 through a socket of IPv4.
    const other = await start({ host: '0.0.0.0', networkAddress: 'fd99::1' })
    assert.match(other.url, /^http:\/\/127\.0\.0\.1:/)
    const configured = await start({ host: '127.0.0.1', networkAddress })
    assert.match(configured.url, /^http:\/\/127\.0\.0\.1:/)
    const forwarded = await start({ networkAddress, advertise: { host: '192.0.2.5', port: 4700 } })
    assert.equal(forwarded.url, 'http://192.0.2.5:4700')
  })

  it('comes from the connection to Redis, unless that is loopback, a Unix socket or a link', () => {
    const expected: [string | undefined, string | undefined][] = [
      ['10.0.0.5', '10.0.0.5'],
      ['::ffff:10.0.0.5', '10.0.0.5'],
      ['fd99::1', 'fd99::1'],
      ['127.0.0.1', undefined],
      ['::ffff:127.0.0.1', undefined],
      ['::1', undefined],
      ['fe80::1%eth0', undefined],
      [undefined, undefined],
    ]
    for (const [local, address] of expected) assert.equal(networkAddress(local), address, local)
  })

  it('is local if it is a name for loopback', async () => {
    assert.equal((await start({ advertise: { host: 'localhost' } })).isLocalOnly, true)
  })

  it('is checked by reaching the gateway there', async () => {
    const first = await start({ host: '0.0.0.0' })
    const { port } = first.address
    await (await start({ advertise: { host: '127.0.0.1' } })).checkAdvertisedAddress()
    await (await start({ host: '::1', advertise: { host: '::1' } })).checkAdvertisedAddress()
    const wrong = await start({ advertise: { host: '127.0.0.1', port } })
    await assert.rejects(wrong.checkAdvertisedAddress(), {
      code: 'BATON_GATEWAY_UNREACHABLE',
      message: /advertises 127\.0\.0\.1:\d+, .*: another gateway answers at that address \(it listens on 127/,
    })
    const stranger = await start({ farmSecret: () => 'other' })
    const elsewhere = await start({ advertise: { host: '127.0.0.1', port: stranger.address.port } })
    await assert.rejects(elsewhere.checkAdvertisedAddress(), { message: /another gateway answers at that address/ })
  })

  it('is refused if the gateway cannot listen on it', async () => {
    const { port } = (await start()).address
    await assert.rejects(start({ port }), {
      code: 'BATON_GATEWAY_UNREACHABLE',
      message: new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`),
    })
    await assert.rejects(start({ host: '192.0.2.1' }), { message: /cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL/ })
  })

  it('is refused if another server answers at that address, or none', async () => {
    const server = await RecordingServer.start((_request, response) => response.end('{"value":null}'))
    const other = await start({ advertise: { host: '127.0.0.1', port: server.port } })
    await assert.rejects(other.checkAdvertisedAddress(), { message: /another server answers at that address/ })
    server.stop()
    await assert.rejects(other.checkAdvertisedAddress(), { message: /ECONNREFUSED/ })
  })

  it('is refused within a deadline if the server there never answers, or never ends its answer', async () => {
    const silent = createServer()
    const endless = createServer(socket => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.write('x'.repeat(100_000))
    })
    const portOf = async (server: Server): Promise<number> => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    }
    try {
      const ping = async (port: number, timeoutMs?: number) =>
        pingGateway(`http://127.0.0.1:${port}`, farmSecret, timeoutMs)
      await assert.rejects(ping(await portOf(silent), 100), { message: 'no answer within 100 ms' })
      // Its length ends it, long before any deadline.
      await assert.rejects(ping(await portOf(endless), 60_000), { message: 'another server answers at that address' })
    } finally {
      silent.close()
      endless.close()
    }
  })

  it('is compared by machine, which has the same identity for every process on it', async () => {
    assert.match(await machineIdentity(), /^[0-9a-f]{16}$/)
    assert.equal(await machineIdentity(), await machineIdentity())
  })
})
