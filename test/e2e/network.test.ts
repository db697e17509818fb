import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const server = `
  import { createServer } from 'node:http'
  import { WebSocketServer } from '${import.meta.resolve('ws')}'
  const page = '<title>page</title><script>' +
    'const say = text => (document.body.dataset.said = (document.body.dataset.said ?? "") + text + " ");' +
    'const get = path => fetch(path, { method: "POST" }).then(r => r.text()).then(say, () => say("failed"));' +
    'const open = () => { const ws = new WebSocket("ws://" + location.host + "/ws"); window.ws = ws;' +
    'ws.onmessage = e => say(JSON.parse(e.data).type); ws.onclose = () => say("closed"); ws.onopen = () => say("open") }' +
    '</script><body>'
  const server = createServer((request, response) => {
    if (request.url === '/') return response.setHeader('content-type', 'text/html').end(page)
    if (request.url === '/big') return response.end('x'.repeat(40_000))
    request.resume().on('end', () => response.end(request.url.slice(1)))
  })
  new WebSocketServer({ server, path: '/ws' }).on('connection', socket => {
    socket.on('message', text => socket.send(String(text)))
  })
  server.listen(Number(process.env.PORT), '127.0.0.1')`

const head = `
  import { $, browser, expect } from '@wdio/globals'
  import { network, parallel, serverUrl, useDevice } from 'baton'
  export const devices = { alice: 'alice', bob: 'bob' }
  const page = async role => { await useDevice(role); await browser.url(serverUrl('site') + '/') }
  const run = (role, code) => useDevice(role, b => b.execute(code))
  const said = (role, text) => useDevice(role, async b => { await b.waitUntil(async () =>
    ((await b.execute('return document.body.dataset.said')) ?? '') === text, { timeout: 8000, timeoutMsg: 'expected ' + text }) })`

const modules = {
  'modules/acts.ts': `${head}
    beforeEach(() => parallel({ alice: () => page('alice'), bob: () => page('bob') }))
    it('cuts one device off, and lets it back', async () => {
      await run('bob', 'open()')
      await said('bob', 'open ')
      await network('bob').offline()
      await said('bob', 'open closed ')
      await run('bob', 'get("/a")')
      await run('alice', 'get("/a")')
      await said('alice', 'a ')
      await said('bob', 'open closed failed ')
      await network('bob').online()
      await run('bob', 'get("/b")')
      await said('bob', 'open closed failed b ')
    })
    it('begins with a clean network', async () => {
      expect(await network('bob').messages('/b')).toEqual([])
      await run('bob', 'get("/b")')
      await said('bob', 'b ')
      await run('bob', 'open()')
      await network('bob').waitFor('open /ws')
      await said('bob', 'b open ')
    })
    it('holds, drops and releases messages', async () => {
      await network('alice').hold('response POST /slow').until('received read')
      await network('alice').drop('sent like', { nth: 1 })
      await run('alice', 'open(); get("/slow")')
      await network('alice').waitFor('request /slow')
      await said('alice', 'open ')
      await run('alice', 'for (const type of ["like", "like", "read"]) ws.send(JSON.stringify({ type }))')
      await said('alice', 'open like read slow ')
      const messages = await network('alice').messages('sent')
      expect(messages.map(m => m.type + ' ' + m.state)).toEqual(['like dropped', 'like passed', 'read passed'])
      const held = await network('bob').hold('/h*')
      await run('bob', 'get("/h1"); get("/h2"); get("/i")')
      const path = expect.stringMatching(/^\\/h[12]$/)
      expect(await held.arrived()).toMatchObject({ kind: 'request', method: 'POST', path, state: 'held' })
      await said('bob', 'i ')
      await browser.waitUntil(async () => (await network('bob').messages('request /h*')).length === 2)
      expect(await held.release()).toBe(2)
      await network('bob').waitFor('response /h*', { nth: 2 })
    })
    it('delays and throttles', async () => {
      const time = async code => { const at = Date.now(); await useDevice('bob', b => b.execute(code)); return Date.now() - at }
      const fetched = 'return fetch("/big").then(r => r.text()).then(text => text.length)'
      await network('bob').delay(700)
      expect(await time(fetched)).toBeGreaterThan(690)
      await network('bob').delay(0)
      await network('bob').throttle(320)
      expect(await time(fetched)).toBeGreaterThan(950)
    })`,
  'modules/put-back.ts': `${head}
    it('fails', async () => {
      await page('bob')
      await network('bob').offline()
      throw new Error('on purpose')
    })
    it('is online again', async () => { await page('bob') })
    it('times out', async function () {
      this.timeout(1500)
      await page('bob')
      await network('bob').hold('*')
      await network('bob').waitFor('/never')
    })
    it('is released again', async () => { await page('bob') })
    it('refuses what is wrong', async () => {
      const bob = network('bob')
      await expect(bob.delay(-1)).rejects.toThrow(/network\\('bob'\\).delay\\(-1\\): expected milliseconds, 0 or more/)
      await expect(bob.throttle('fast')).rejects.toThrow(/expected kilobits per second, above 0/)
      await expect(bob.drop('')).rejects.toThrow(/expected a message such as 'POST \\/like', found ''/)
      await expect(bob.drop('post /like')).rejects.toThrow(/expected a kind .* found 'post' in 'post \\/like'/)
      await expect(bob.drop({ paht: '/' })).rejects.toThrow(/expected kind, method, path, type or text/)
      expect(() => bob.hold('/x', { nth: 0 })).toThrow(/'nth' to be a whole number, 1 or more, found 0/)
      await expect(bob.waitFor('/x', { timeout: 100 })).rejects.toMatchObject({ code: 'BATON_NETWORK_TIMEOUT' })
      expect(() => network('bod')).toThrow(/no role 'bod'/)
      await useDevice('alice')
    })
    describe('a suite', () => {
      before(() => network('bob').offline())
      it('never runs', () => {})
    })`,
  'modules/z-killed.ts': `${head}
    it('leaves bob offline and ends', async () => {
      await useDevice('alice')
      await useDevice('bob')
      await network('bob').offline()
      process.exit(3)
    })`,
  'modules/zz-next.ts': `${head}
    it('has a clean network', async () => {
      await useDevice('alice')
      await page('bob')
      await expect(browser).toHaveTitle('page')
    })`,
}

describe('the network of a device', () => {
  let project: Project
  before(() => {
    const devices = ['alice', 'bob'].map(name => ({ name, driver: 'chromium', reset: 'app' }))
    project = new Project({
      'server.mjs': server,
      'devices.json': { devices, servers: { site: { command: 'node server.mjs', ready: '/' } } },
      'fake.json': { devices: [{ name: 'alice', driver: 'fake' }] },
      'fake/unavailable.ts': `
        import { network, useDevice } from 'baton'
        it('can not be controlled', async () => { await useDevice('alice'); await network('alice').offline() })`,
      ...modules,
    })
  })
  after(() => project.remove())

  it('is controlled by a script, for each device alone, and is clean again afterwards', async () => {
    const run = new RunOutcome(await project.run(['run', 'modules', '--json']))
    assert.deepEqual(run.module('modules/acts.ts').failures, {})
    const putBack = run.module('modules/put-back.ts')
    assert.equal(putBack.failures['refuses what is wrong']?.message, undefined)
    assert.deepEqual(putBack.tests, {
      fails: 'failed',
      'is online again': 'passed',
      'times out': 'failed',
      'is released again': 'passed',
      'refuses what is wrong': 'passed',
    })
    const [hook] = Object.entries(putBack.failures).filter(([title]) => title.startsWith('a suite'))
    assert.equal(hook?.[1].code, 'BATON_NETWORK_USAGE')
    assert.equal(run.module('modules/z-killed.ts').errors[0]?.code, 'BATON_WORKER_LOST')
    assert.equal(run.module('modules/zz-next.ts').verdict, 'passed')
    const acts = run.events.flatMap(event => (event.type === 'network' ? [`${event.role}: ${event.act}`] : []))
    assert.deepEqual(acts.slice(0, 3), ['bob: offline', 'bob: online', "alice: hold 'response POST /slow'"])
    assert.ok(run.events.some(event => event.type === 'network' && event.place?.startsWith('modules/acts.ts:')))
  })

  it('is refused with a reason if the device has no proxy', async () => {
    const run = new RunOutcome(await project.run(['run', 'fake', '--devices', 'fake.json', '--json']))
    const { failures } = run.module('fake/unavailable.ts')
    const failure = failures['can not be controlled']
    assert.equal(failure?.code, 'BATON_NETWORK_UNAVAILABLE')
    assert.match(failure.message, /the network of alice can't be controlled: driver 'fake' has no way/)
  })
})
