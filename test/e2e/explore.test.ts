import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'

/** Sells a ticket twice if two people ask for it before one of them buys it. */
const server = `
  import { createServer } from 'node:http'
  const page = '<button id="buy">Buy</button> <p id="state">for sale</p><script>' +
    'const show = text => (document.querySelector("#state").textContent = text);' +
    'const post = async path => (await fetch(path, { method: "POST" })).json();' +
    'void post("/left");' +
    'document.querySelector("#buy").onclick = async () => {' +
    'if ((await post("/left")).left === 0) return show("sold out");' +
    'show((await post("/buy")).ok ? "yours" : "sold out") }</script>'
  let left = 1
  createServer((request, response) => {
    const json = value => response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
    if (request.url === '/left') return json({ left })
    if (request.url === '/buy' && process.env.FIXED && left === 0) return json({ ok: false })
    if (request.url === '/buy') return json({ ok: (left -= 1) <= 0 })
    if (request.url === '/reset') left = 1
    response.setHeader('content-type', 'text/html').end(page)
  }).listen(Number(process.env.PORT), '127.0.0.1')`

const module = `
  import { $, browser, expect } from '@wdio/globals'
  import { parallel, serverUrl, useDevice } from 'baton'
  const open = () => browser.url(serverUrl('tickets') + '/')
  async function buy() {
    await $('#buy').click()
    await expect($('#state')).not.toHaveText('for sale')
    return $('#state').getText()
  }
  it('sells the last ticket once', async () => {
    await useDevice('alice', open)
    await useDevice('bob', open)
    const results = await parallel({ alice: buy, bob: buy })
    expect(Object.values(results).sort().join()).toBe('sold out,yours')
  })`

const plain = `
  import { browser } from '@wdio/globals'
  import { useDevice } from 'baton'
  it('has one device', () => useDevice('alice', () => browser.url('about:blank')))`

const devices = [
  { name: 'alice', driver: 'chromium' },
  { name: 'bob', driver: 'chromium' },
]
const tickets = { command: 'node server.mjs', ready: '/' }

describe('baton explore, with real browsers', function () {
  // Dozens of executions, on a machine that may be busy.
  this.timeout(600_000)
  let project: Project
  before(() => {
    project = new Project({
      'server.mjs': server,
      'modules/tickets.ts': module,
      'modules/plain.ts': plain,
      'devices.json': { devices, servers: { tickets: { ...tickets, reset: '/reset' } } },
      'fixed.json': { devices, servers: { tickets: { ...tickets, env: { FIXED: '1' }, reset: 'restart' } } },
    })
  })
  after(() => project.remove())

  let schedule = ''
  let regressionTest: string[] = []

  it('finds a race, minimises it, and prints how to reproduce it without exploring', async () => {
    const { exitCode, stdout, stderr } = await project.run(['explore', 'modules', '--iterations', '40', '--seed', '7'])
    assert.equal(exitCode, 1, stdout + stderr)
    assert.match(stdout, /exploring 2 modules: strategy mix, seed 7,/)
    assert.match(stdout, /host local \(worker 1\) found a bug in modules\/tickets\.ts \(seed \d+\): /)
    assert.match(stdout, /modules\/plain\.ts: has no branches, .*ran once/)
    schedule = /saved schedule (\S+tickets-\d-1\.schedule\.json)/.exec(stdout)?.[1] ?? assert.fail(stdout)
    // On a machine that is too slow for the scheduler, a bug may not come again.
    const isMinimised = /minimised it to \d holds?|fails without any hold/.test(stdout)
    if (isMinimised) assert.match(stdout, /^ +((\d\. )?hold .* until |fails without any hold)/m)
    else assert.match(stdout, /could not reproduce it by holds alone/)
    regressionTest = stdout
      .split('\n')
      .flatMap(line => /^ +(await network.*|\/\/ .*network. can't .*)$/.exec(line)?.[1] ?? [])
    assert.match(stdout, /Found {4}1 bug in \d+ iterations of 2 modules/)

    const saved = JSON.parse(project.read(schedule)) as { module: string; holds?: unknown[] }
    assert.deepEqual([saved.module, saved.holds !== undefined], ['modules/tickets.ts', isMinimised])
    const record = JSON.parse(project.read('baton-report/latest/run.json')) as {
      modules: { file: string; verdict: string; explored: { bugs: { schedule: string }[]; iterations: number } }[]
    }
    const found = record.modules.map(({ file, verdict, explored }) => `${file} ${verdict} ${explored.bugs.length}`)
    assert.deepEqual(
      found.toSorted((a, b) => a.localeCompare(b)),
      ['modules/plain.ts passed 0', 'modules/tickets.ts failed 1'],
    )
  })

  it('prints a regression test that fails without exploring, although the pages have sent equal messages before', async function () {
    // Otherwise a part of it is left to whoever uses it.
    if (regressionTest.length === 0 || !regressionTest.every(line => line.includes('.until('))) this.skip()
    const lines = regressionTest.map(line => line.replaceAll('network(', 'baton.network('))
    const held = module.replace(/^ {2}it\(.*$/m, start => `${start}\n${lines.join('\n')}`)
    project.write({ 'regression.ts': `import * as baton from 'baton'\n${held}` })
    // Messages of two devices may still change places on the way to the server.
    const exitCodes: (number | null)[] = []
    while (exitCodes.length < 3 && !exitCodes.includes(1))
      exitCodes.push((await project.run(['run', 'regression.ts'])).exitCode)
    assert.ok(exitCodes.includes(1), `${exitCodes.join()}: ${lines.join('\n')}`)
  })

  it('replays the schedule, and sees when the bug is fixed', async () => {
    const again = await project.run(['replay', schedule, '--times', '3'])
    assert.match(again.stdout, /^(reproduced [0-3] of 3|fixed: passed 3 times)/m, again.stdout + again.stderr)
    const hasFailed = /^(reproduced [1-3]|failed differently)/m.test(again.stdout)
    assert.equal(again.exitCode, hasFailed ? 1 : 0, again.stdout)
    const fixed = await project.run(['replay', schedule, '--times', '2', '--devices', 'fixed.json'])
    assert.match(fixed.stdout, /^(fixed: passed 2 times|diverged at step \d+)/m, fixed.stdout + fixed.stderr)
    assert.equal(fixed.exitCode, 0)
  })

  it('refuses a file that is not a schedule, and a module that is not there', async () => {
    const other = await project.run(['replay', 'devices.json'])
    assert.equal(other.exitCode, 2)
    assert.match(other.stderr, /BATON_CONFIG_INVALID: devices\.json:1:1: .*version.*\nHINT: /)
    const moved = { ...(JSON.parse(project.read(schedule)) as object), module: 'modules/moved.ts' }
    project.write({ 'moved.json': moved })
    const missing = await project.run(['replay', 'moved.json'])
    assert.equal(missing.exitCode, 2)
    assert.match(missing.stderr, /expected module 'modules\/moved\.ts' of moved\.json in .*\nHINT: .*replay it there/)
  })
})
