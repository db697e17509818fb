import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const server = `
  import { createServer } from 'node:http'
  createServer((request, response) => {
    if (request.url === '/api/name') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ name: 'server' }))
    } else {
      response.setHeader('content-type', 'text/html').end('<title>app</title><p id="who"></p><script>' +
        'fetch("/api/name").then(r => r.json()).then(({ name }) => { who.textContent = name; console.log("name is " + name) })</script>')
    }
  }).listen(Number(process.env.PORT), '127.0.0.1')`

const uses = `
  import { $, browser, expect } from '@wdio/globals'
  it('mocks what the page asks for', async () => {
    const mock = await browser.mock('**/api/name', { method: 'get' })
    mock.respond({ name: 'mock' })
    await browser.url('/')
    await expect($('#who')).toHaveText('mock')
  })
  it('adds a script to each page', async () => {
    await browser.addInitScript(() => { (window as unknown as { added: string }).added = 'yes' })
    await browser.url('/')
    expect(await browser.execute(() => (window as unknown as { added?: string }).added)).toBe('yes')
  })
  it('hears what the page prints', async () => {
    const texts: string[] = []
    await browser.sessionSubscribe({ events: ['log.entryAdded'] })
    browser.on('log.entryAdded', entry => texts.push(String(entry.text)))
    await browser.url('/')
    await browser.waitUntil(async () => texts.some(text => text.startsWith('name is ')))
    await browser.setCookies({ name: 'left', value: '1' })
    await browser.execute(() => localStorage.setItem('left', '1'))
  })`

const clean = `
  import { $, browser, expect } from '@wdio/globals'
  it('finds nothing of the module before', async () => {
    await browser.url('/')
    await expect($('#who')).toHaveText('server')
    expect(await browser.execute(() => (window as unknown as { added?: string }).added ?? null)).toBe(null)
    expect(await browser.getCookies()).toEqual([])
    expect(await browser.execute(() => localStorage.getItem('left'))).toBe(null)
    expect(await browser.getWindowHandles()).toHaveLength(1)
  })`

describe('WebDriver BiDi on Chromium', () => {
  let project: Project
  before(() => {
    project = new Project({
      'server.mjs': server,
      'devices.json': {
        devices: [{ name: 'web', driver: 'chromium', emulate: 'Pixel 7' }],
        baseUrl: '${server:app}',
        servers: { app: { command: 'exec node server.mjs', ready: '/' } },
      },
      'modules/1-uses.ts': uses,
      'modules/2-clean.ts': clean,
      'modules/3-uses-again.ts': uses,
      'modules/4-clean.ts': clean,
    })
  })
  after(() => project.remove())

  it('mocks, adds scripts and receives console events through the gateway; nothing is left for the next module', async () => {
    const run = new RunOutcome(await project.run(['run', 'modules', '--json']))
    assert.equal(
      run.result.exitCode,
      0,
      JSON.stringify(
        run.events.filter(event => 'error' in event),
        undefined,
        2,
      ),
    )
    assert.deepEqual(Object.values(run.verdicts), ['passed', 'passed', 'passed', 'passed'])
    const leases = run.events.flatMap(event => (event.type === 'attempt:start' ? [event.module] : []))
    assert.deepEqual(leases, ['1', '2', '3', '4'], 'one after another, each once')
  })

  it('reaches its first test soon on a reused session', async () => {
    const started = performance.now()
    const cli = project.start(['run', 'modules/2-clean.ts', '--json'])
    await cli.event('test:start')
    console.log(`      first test after ${Math.round(performance.now() - started)} ms`)
    assert.equal((await cli.done).exitCode, 0)
  })
})
