import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const server = `
  import { createServer } from 'node:http'
  const server = createServer((request, response) => {
    if (request.url === '/env') return response.end(JSON.stringify(process.env))
    response.setHeader('content-type', 'text/html').end('<title>' + process.env.NAME + ' ' + request.url + '</title>')
  })
  setTimeout(() => server.listen(Number(process.env.PORT), '127.0.0.1', () => {
    if (process.env.NAME === 'auction') console.log('auction is open')
    console.error(process.env.NAME + ' pid ' + process.pid)
  }), 100)`

describe('servers', () => {
  let project: Project
  before(() => {
    project = new Project({
      'site/server.mjs': server,
      'site/never.mjs': `console.log('starting up'); console.error('no database at ' + process.env.SECRET_DB); process.exit(5)`,
      'devices.json': {
        devices: [{ name: 'web', driver: 'chromium' }],
        baseUrl: '${server:chat}/base/',
        env: { CHAT_API: '${server:chat}/api', MIXED: '${server:auction}|${server:chat}' },
        servers: {
          chat: { command: 'node server.mjs', cwd: 'site', ready: '/health', env: { NAME: 'chat' } },
          auction: { command: 'node server.mjs', cwd: 'site', ready: 'auction is open', env: { NAME: 'auction' } },
        },
      },
      'fails.json': {
        devices: [{ name: 'a', driver: 'fake' }],
        servers: {
          db: { command: 'node site/never.mjs', ready: '/', env: { SECRET_DB: '${env:DB_PASSWORD}' } },
          // a shell: what it prints has to be there before the deadline, on a busy machine too
          slow: { command: 'echo just a moment; sleep 60', ready: 'ready', timeout: 4000 },
          where: { command: 'node x.mjs', ready: '/', cwd: 'nowhere' },
        },
      },
      'modules/urls.ts': `
        import { browser, expect } from '@wdio/globals'
        import { serverUrl } from 'baton'
        it('has them in baseUrl', async () => {
          await browser.url('page')
          await expect(browser).toHaveTitle('chat /base/page')
        })
        it('has them by serverUrl', async () => {
          await browser.url(serverUrl('auction') + '/lot')
          await expect(browser).toHaveTitle('auction /lot')
          expect(() => serverUrl('nope')).toThrow(/this run has no server .nope. \\(known: chat, auction\\)/)
        })
        it('has them in the environment', async () => {
          expect(process.env.CHAT_API).toBe(serverUrl('chat') + '/api')
          expect(process.env.MIXED).toBe(serverUrl('auction') + '|' + serverUrl('chat'))
        })
        it('has them in the text of a url', async () => {
          await browser.url('\${server:auction}/by-text')
          await expect(browser).toHaveTitle('auction /by-text')
          await browser.navigateTo('\${server:chat}/navigate')
          await expect(browser).toHaveTitle('chat /navigate')
        })
        it('names the servers there are', () => browser.url('\${server:chatt}/x'))
        after(() => console.log(serverUrl('chat') + ' ' + serverUrl('auction')))`,
      'dies.json': {
        devices: [{ name: 'a', driver: 'fake' }],
        servers: { chat: { command: 'exec node site/dies.mjs', ready: 'listening' } },
      },
      'site/dies.mjs': `
        import { createServer } from 'node:http'
        createServer(() => process.exit(9)).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'))`,
      'modules/kills.ts': `
        import { serverUrl } from 'baton'
        it('x', () => fetch(serverUrl('chat')))`,
    })
  })
  after(() => project.remove())

  it('can be reached from modules, pages and phones, and stop with the run', async () => {
    const run = new RunOutcome(await project.run(['run', 'modules/urls.ts', '--json']))
    const { tests, failures, printed } = run.module('modules/urls.ts')
    assert.deepEqual(tests, {
      'has them in baseUrl': 'passed',
      'has them by serverUrl': 'passed',
      'has them in the environment': 'passed',
      'has them in the text of a url': 'passed',
      'names the servers there are': 'failed',
    })
    const unknown = failures['names the servers there are']
    assert.equal(unknown?.code, 'BATON_SERVER_UNKNOWN')
    assert.match(unknown?.message ?? '', /'chatt'.* \(known: chat, auction\)/)
    const urls = printed.flatMap(line => line.match(/http:\S+/g) ?? [])
    assert.equal(urls.length, 2)
    // another program may have the port by now
    const pageOf = async (url: string): Promise<string> =>
      fetch(url)
        .then(page => page.text())
        .catch(() => '')
    for (const url of urls) assert.doesNotMatch(await pageOf(url), /<title>(chat|auction) /, `${url} still answers`)
  })

  it('are reported if they exit by themselves', async () => {
    const { stderr } = await project.run(['run', 'modules/kills.ts', '--devices', 'dies.json', '--json'])
    assert.match(stderr, /^baton: server 'chat' ended with 9; its last lines:\nlistening\n/m)
  })

  it('fail the run before anything is queued if they do not start, with their last lines', async () => {
    const env = { DB_PASSWORD: 'hunter2hunter2' }
    const { exitCode, stderr, stdout } = await project.run(['run', 'modules', '--devices', 'fails.json'], env)
    assert.equal(exitCode, 2)
    assert.equal(stdout, '')
    assert.equal(
      stderr,
      `BATON_SERVER_FAILED: server 'db' (node site/never.mjs) ended with 5 before it was ready; its last lines:
starting up
no database at ***
HINT: make it listen on 127.0.0.1 at the port in its environment variable PORT, and answer / with a 2xx status

BATON_SERVER_FAILED: server 'slow' (echo just a moment; sleep 60) did not become ready within 4000 ms (ready: "ready"); its last lines:
just a moment
HINT: make it listen on 127.0.0.1 at the port in its environment variable PORT, and then print "ready" on one line

BATON_SERVER_FAILED: server 'where' (node x.mjs) could not be started in nowhere: Error: spawn /bin/sh ENOENT
HINT: check that its "cwd" is a folder; it is relative to devices.json
`,
    )
  })
})
