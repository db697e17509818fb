import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { chromiumDriver } from '../../drivers/chromium/chromium-driver.js'
import { fakeDriver } from '../../drivers/fake/fake-driver.js'
import { AppiumGuard } from '../../src/host/appium/appium-guard.js'
import type { OpenedSession } from '../../src/host/device/session/open-session.js'
import { deviceEntry, FarmBench } from './host/device-bench.js'
import { servePages, type AttackPage } from './host/attack-page.js'

describe("the host's Appium", () => {
  let bench: FarmBench
  let url: URL

  before(async () => {
    bench = await FarmBench.start([fakeDriver])
    url = new URL(await bench.appium.url())
  })
  after(() => bench.stop())

  const genuine = (): OutgoingHttpHeaders => ({
    host: url.host,
    authorization: `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`,
  })
  const status = async (headers: OutgoingHttpHeaders, path = '/status', method = 'GET'): Promise<number> => {
    const request = requestHttp({ host: url.hostname, port: url.port, path, method, headers, setHost: false })
    request.end(method === 'POST' ? '{"capabilities":{"alwaysMatch":{}}}' : undefined)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode ?? 0
  }

  it('serves only requests with its password, addressed to itself', async () => {
    const { host, authorization } = genuine()
    assert.equal(await status({ host, authorization }), 200)
    const refused: Record<string, OutgoingHttpHeaders> = {
      'no password': { host },
      'another password': { host, authorization: `Basic ${Buffer.from('baton:guess').toString('base64')}` },
      'part of the password': { host, authorization: String(authorization).slice(0, -4) },
      'a name that leads to loopback': { host: `attacker.example:${url.port}`, authorization },
      localhost: { host: `localhost:${url.port}`, authorization },
      'no port': { host: url.hostname, authorization },
    }
    for (const [what, headers] of Object.entries(refused)) assert.equal(await status(headers), 403, what)
    for (const [path, method] of [
      ['/session', 'POST'],
      ['/wd/hub/session', 'POST'],
      ['/session', 'OPTIONS'],
      ['/', 'GET'],
    ] as const)
      assert.equal(await status({ host, 'content-type': 'text/plain' }, path, method), 403, `${method} ${path}`)
  })

  it('refuses a WebSocket, and a body that never ends, without the password', async () => {
    const attempts = [
      `GET /bidi HTTP/1.1\r\nhost: ${url.host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`,
      `POST /session HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: 4000000\r\n\r\n{`,
      `POST /session HTTP/1.1\r\nhost: ${url.host}\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n`,
    ]
    for (const text of attempts) {
      const socket = connect(Number(url.port), url.hostname)
      let answer = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
      socket.write(text)
      await once(socket, 'close')
      assert.match(answer, /HTTP\/1\.1 403 /, text)
    }
    assert.doesNotMatch(await readFile(join(bench.directory.path, 'appium.log'), 'utf8'), /POST \/session/)
  })

  it('has another password after each start, and does not log it', async () => {
    assert.notEqual(new AppiumGuard().urlOf(1), new AppiumGuard().urlOf(1))
    assert.equal(url.password.length, 64)
    const log = await readFile(join(bench.directory.path, 'appium.log'), 'utf8')
    assert.ok(!log.includes(url.password) && !log.includes(String(genuine()['authorization']).slice(6)))
  })
})

describe('a page in an emulated browser', () => {
  let bench: FarmBench
  let page: AttackPage

  before(async () => {
    bench = await FarmBench.start([chromiumDriver])
    page = await servePages()
  })
  after(async () => {
    page.stop()
    await bench.stop()
  })

  it('reaches no port that controls the host, from loopback or from another address', async () => {
    const program = join(bench.directory.path, 'program')
    await writeFile(program, `#!/bin/sh\ntouch '${program}.ran'\n`)
    await chmod(program, 0o700)
    const phones = [
      await bench.add(deviceEntry('alice', chromiumDriver), chromiumDriver),
      await bench.add(deviceEntry('bob', chromiumDriver), chromiumDriver),
    ]
    const sessions = await Promise.all(phones.map(async ({ sessions }) => sessions.ready()))
    const [alice] = sessions
    assert.ok(alice)
    const servers = sessions.map(session => (session as OpenedSession).direct?.url ?? '')
    const chromedrivers = servers.map(url => Number(new URL(url).port))
    const closed = [...(await bench.hostPorts()), ...chromedrivers]
    const lan = Object.values(networkInterfaces()).flatMap(list => list ?? [])
    const other = lan.find(({ internal, family }) => !internal && family === 'IPv4')?.address
    for (const origin of ['127.0.0.1', 'localhost', ...(other === undefined ? [] : [other])]) {
      await alice.command('POST', '/url', { url: page.urlFrom(origin) })
      const outcome = await alice.command('POST', '/execute/async', {
        script: 'const done = arguments[2]; attack(arguments[0], arguments[1]).then(done)',
        args: [closed, program],
      })
      assert.deepEqual(outcome, [], `a page of ${origin} was answered`)
      assert.ok(page.reached > 0, 'the page reaches other servers')
    }
    await assert.rejects(readFile(`${program}.ran`), { code: 'ENOENT' })
  })
})
