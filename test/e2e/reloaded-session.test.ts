import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const head = `
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { $, browser } from '@wdio/globals'

const page = 'data:text/html,<title>here</title><h1>Hello</h1>'
`

/** The first two end their session; the others come after them on the same device. */
const modules = {
  'a-reloads.ts': `
browser.addCommand('heading', () => $('h1').getText())
it('opens a page', async () => {
  await browser.url(page)
  globalThis.old = await $('h1').getElement()
  await browser.newWindow('about:blank')
  await browser.setTimeout({ implicit: 1234 })
})
it('resets the device, and continues', async () => {
  const before = browser.sessionId
  const id = await browser.reloadSession()
  assert.equal(id, browser.sessionId)
  assert.notEqual(id, before)
  assert.equal((await browser.getWindowHandles()).length, 1)
  assert.equal((await browser.getTimeouts()).implicit, 0)
  assert.equal(browser.isBidi, true)
  assert.notEqual(await browser.getElementText(globalThis.old.elementId).catch(String), 'Hello')
  await browser.url(page)
  assert.equal(await browser.heading(), 'Hello')
  const mock = await browser.mock('**/nothing')
  await mock.restore()
})
it('mocks again what it mocked before', async () => {
  const server = createServer((_, response) => response.end('real'))
  await new Promise(done => server.listen(0, '127.0.0.1', done))
  const url = \`http://127.0.0.1:\${server.address().port}/\`
  const shown = async () => (await browser.url(url), await $('body').getText())
  try {
    for (const body of ['first', 'second']) {
      const mock = await browser.mock('**')
      mock.respond(body, { headers: { 'content-type': 'text/html' } })
      assert.equal(await shown(), body)
      await browser.reloadSession()
    }
    assert.equal(await shown(), 'real')
    await browser.mockRestoreAll()
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
it('leaves a mock', () => browser.mock('**'))
it('asks for a capability', async () => {
  await browser.reloadSession({ 'goog:chromeOptions': { args: ['--user-agent=Reloaded'] } })
  assert.equal(await browser.execute(() => navigator.userAgent), 'Reloaded')
})
it('keeps that capability, and opens a session without BiDi', async () => {
  await browser.reloadSession({ browserName: 'chrome', 'wdio:enforceWebDriverClassic': true })
  assert.equal(browser.isBidi, false)
  await browser.url(page)
  assert.equal(await $('h1').getText(), 'Hello')
  await browser.reloadSession()
  assert.equal(browser.isBidi, false)
  assert.equal(await browser.execute(() => navigator.userAgent), 'Reloaded')
})
it('asks for another browser', () => browser.reloadSession({ browserName: 'firefox' }))
it('asks for what does not open', () => browser.reloadSession({ 'goog:chromeOptions': { binary: '/none' } }))`,
  'b-ends.ts': `
it('ends its session', () => browser.deleteSession())
it('goes on', () => browser.getTitle())`,
  'c-next.ts': `
it('has a new session', async () => {
  assert.notEqual(await browser.execute(() => navigator.userAgent), 'Reloaded')
  await browser.url(page)
  assert.equal(await $('h1').getText(), 'Hello')
  assert.equal(browser.heading, undefined)
  assert.equal(browser.isBidi, true)
  await browser.mockRestoreAll()
})`,
}

describe('a script that reloads or ends its session', function () {
  for (const reset of ['app', 'none']) {
    it(`gets a clean device, and the next module too, on a device with reset '${reset}'`, async () => {
      const devices = [{ name: 'phone', driver: 'chromium', reset }]
      const files = Object.entries(modules).map(([name, code]) => [name, head + code] as const)
      const project = new Project({ 'devices.json': { devices }, ...Object.fromEntries(files) })
      try {
        const outcome = new RunOutcome(await project.run(['run', ...Object.keys(modules), '--json']))
        const reloads = outcome.module('a-reloads.ts')
        assert.deepEqual(
          Object.values(reloads.tests),
          [...Array<string>(6).fill('passed'), 'failed', 'failed'],
          JSON.stringify(reloads.failures),
        )
        assert.equal(reloads.failures['asks for another browser']?.code, 'BATON_SESSION_OWNED')
        assert.match(reloads.failures['asks for what does not open']?.message ?? '', /session not created/)
        const ends = outcome.module('b-ends.ts')
        assert.equal(ends.tests['ends its session'], 'passed')
        assert.match(ends.failures['goes on']?.message ?? '', /BATON_SESSION_ENDED/)
        assert.equal(outcome.module('c-next.ts').tests['has a new session'], 'passed', outcome.result.stdout)
      } finally {
        project.remove()
      }
    })
  }
})

/** Stands for the package: it talks to the address that it is given. */
const puppeteer = `
module.exports = {
  async connect({ browserURL, defaultViewport }) {
    const pages = await (await fetch(browserURL + '/json/list')).json()
    return { connected: true, defaultViewport, urls: pages.map(page => page.url), async disconnect() { console.log('disconnected') } }
  },
}`

describe('a script that uses Puppeteer', function () {
  it('gets the package of the project, and the next module another session', async () => {
    const project = new Project({
      'devices.json': { devices: [{ name: 'phone', driver: 'chromium' }] },
      'node_modules/puppeteer-core/index.js': puppeteer,
      'a.ts': `${head}
        it('connects to its own browser, once', async () => {
          await browser.url(page)
          const client = await browser.getPuppeteer()
          assert.equal(client.defaultViewport, null)
          assert.ok(client.urls.includes(page), client.urls.join())
          assert.equal(await browser.getPuppeteer(), client)
          console.log('session', browser.sessionId)
        })`,
      'b.ts': `${head} it('follows', () => console.log('session', browser.sessionId))`,
    })
    try {
      const outcome = new RunOutcome(await project.run(['run', 'a.ts', 'b.ts', '--json']))
      const [first, second] = ['a.ts', 'b.ts'].map(name => outcome.module(name))
      assert.deepEqual(first?.failures, {})
      const sessions = [first, second].map(one => one?.printed.find(line => line.startsWith('session')))
      assert.ok(sessions[0] && sessions[1] && sessions[0] !== sessions[1], sessions.join())
      assert.ok(first?.printed.some(line => line.includes('disconnected')))
    } finally {
      project.remove()
    }
  })
})
