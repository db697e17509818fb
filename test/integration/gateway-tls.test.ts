import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { WebSocket } from 'ws'
import { fingerprintOf, makeCertificate, readTlsFiles } from '../../src/host/gateway/gateway-certificate.js'
import { GatewayTunnels } from '../../src/host/gateway/gateway-tunnels.js'
import { callControl } from '../../src/host/gateway/gateway-client.js'
import { Gateway } from '../../src/host/gateway/gateway.js'
import { z } from 'zod'
import { RecordingServer } from './host/recording-server.js'
import { farmSecret, lease } from './host/gateway-bench.js'

describe('a gateway with TLS', () => {
  const tls = makeCertificate()
  let upstream: RecordingServer
  let gateway: Gateway
  let tunnels: GatewayTunnels

  beforeEach(async () => {
    upstream = await RecordingServer.start((request, response) => {
      request.resume()
      response.end('{"value":"done"}')
    })
    gateway = await Gateway.start({
      farmSecret: () => farmSecret,
      verifyLease: async () => false,
      tls,
      advertise: { host: '127.0.0.1' },
      control: { ready: async ({ device }) => ({ device }) },
    })
    const capabilities = { webSocketUrl: 'ws://127.0.0.1:0/bidi/s1' }
    gateway.sessionOpened('alice', { id: 's1', appium: `http://127.0.0.1:${upstream.port}`, capabilities })
    gateway.grant('alice', lease)
    tunnels = new GatewayTunnels()
  })
  afterEach(async () => {
    await tunnels.close()
    await gateway.close()
    upstream.stop()
  })

  const statusAt = async (url: string): Promise<number> => {
    const headers = gateway.headersFor(lease, 'alice')
    const request = requestHttp(`${url}/session/s1/title`, { headers, agent: false })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode ?? 0
  }

  it('serves commands, BiDi and control calls of other hosts through a tunnel, and its own workers on loopback', async () => {
    await gateway.checkAdvertisedAddress()
    assert.match(gateway.url, /^https:\/\/127\.0\.0\.1:\d+#[0-9a-f]{64}$/)
    const local = await tunnels.localUrl(gateway.url)
    assert.equal(await tunnels.localUrl(gateway.url), local)
    assert.equal(await statusAt(local), 200)
    assert.equal(await statusAt(`http://127.0.0.1:${gateway.address.port}`), 200)
    const headers = gateway.headersFor(lease, 'alice')
    const socket = new WebSocket(`${local.replace('http', 'ws')}/bidi/s1`, { headers })
    await once(socket, 'open')
    socket.terminate()
    const body = { device: 'alice' }
    const call = { gateway: local, action: 'ready', farmSecret, lease, body, timeoutMs: 5_000, response: z.unknown() }
    assert.deepEqual(await callControl(call), body)
  })

  it('answers nobody in plain text on the network', async () => {
    const { port } = new URL(gateway.url)
    const socket = connect(Number(port), '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1'))).on('error', () => {})
    socket.write('GET /session/s1/title HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'close')
    assert.doesNotMatch(answer, /200 OK|value/)
    const old = connectTls({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.1' })
    await once(old, 'error')
  })

  it('is not reached if another server, or a server with another certificate, answers at its address', async () => {
    const { host } = new URL(gateway.url)
    const { cert } = makeCertificate()
    const other = await tunnels.localUrl(`https://${host}#${fingerprintOf(new X509Certificate(cert))}`)
    await assert.rejects(statusAt(other), /hang up|ECONNRESET/)
    const plain = new URL(gateway.url).hash
    const noTls = await tunnels.localUrl(`https://127.0.0.1:${upstream.port}${plain}`)
    await assert.rejects(statusAt(noTls), /hang up|ECONNRESET/)
    assert.equal(upstream.requests.length, 0)
    const strict = new GatewayTunnels(makeCertificate().cert)
    await assert.rejects(statusAt(await strict.localUrl(gateway.url)), /hang up|ECONNRESET/)
    await strict.close()
    const trusting = new GatewayTunnels(tls.cert)
    assert.equal(await statusAt(await trusting.localUrl(gateway.url)), 200)
    await trusting.close()
  })

  it('has an address in Redis that is refused in any other form', async () => {
    const fingerprint = new URL(gateway.url).hash
    for (const url of [
      '',
      'x',
      'http://',
      'http://a b',
      'http://user:password@host:1',
      'http://host:99999',
      'https://host:1',
      `https://host:1${fingerprint}0`,
      `https://host:1/path${fingerprint}`,
      `https://user@host:1${fingerprint}`,
      `file:///etc/passwd${fingerprint}`,
    ])
      await assert.rejects(tunnels.localUrl(url), /not the address of a gateway/, url)
  })

  it('makes certificates that are valid, and checks those that are given', async () => {
    const certificate = new X509Certificate(tls.cert)
    assert.ok(certificate.verify(certificate.publicKey) && certificate.checkPrivateKey(createPrivateKey(tls.key)))
    assert.notEqual(fingerprintOf(new X509Certificate(makeCertificate().cert)), fingerprintOf(certificate))
    const folder = await mkdtemp(join(tmpdir(), 'baton-tls-'))
    try {
      const [cert, key, other] = ['cert.pem', 'key.pem', 'other.pem'].map(name => join(folder, name)) as [
        string,
        string,
        string,
      ]
      await Promise.all([writeFile(cert, tls.cert), writeFile(key, tls.key), writeFile(other, makeCertificate().key)])
      assert.deepEqual(readTlsFiles({ cert, key }), { cert: tls.cert, key: tls.key })
      const usage = { code: 'BATON_USAGE', hint: /--tls-cert CERTIFICATE/ }
      assert.throws(() => readTlsFiles({ cert, key: other }), { ...usage, message: /it is not the key of/ })
      assert.throws(() => readTlsFiles({ cert: key, key }), { ...usage, message: /--tls-cert/ })
      assert.throws(() => readTlsFiles({ cert: join(folder, 'none'), key }), { ...usage, message: /ENOENT/ })
      assert.throws(() => readTlsFiles({ cert, key, ca: cert }), { ...usage, message: /not the certificate of a CA/ })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
