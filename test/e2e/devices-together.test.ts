import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'

const server = `
  import { createServer } from 'node:http'
  createServer((request, response) => {
    response.setHeader('content-type', 'text/html').end('<title>app</title><p id="who">' + request.url.slice(1) + '</p>')
  }).listen(Number(process.env.PORT), '127.0.0.1')`

const together = `
  import { $, browser, expect } from '@wdio/globals'
  import { barrier, parallel, until } from 'baton'
  const visit = async (name: string) => {
    const mock = await browser.mock('**/nothing')
    await browser.url('/' + name)
    await expect($('#who')).toHaveText(name)
    await browser.waitUntil(async () => (await browser.getTitle()) === 'app')
    await mock.restore()
  }
  it('is stuck', () => parallel({
    alice: async () => {
      await visit('alice')
      await until('answered')
    },
    bob: async () => {
      await visit('bob')
      await barrier('both')
    },
  }))
  it('fails', () => parallel({
    alice: async () => {
      await visit('alice')
      await expect($('#who')).toHaveText('nobody', { wait: 0 })
    },
    bob: async () => {
      await visit('bob')
      await barrier('both')
    },
  }))
  it('passes', async () => {
    const titles = await parallel({ alice: () => visit('alice').then(() => browser.getTitle()), bob: () => visit('bob') })
    expect(titles.alice).toBe('app')
  })`

describe('branches on Chromium, through the command line', () => {
  let project: Project
  before(() => {
    project = new Project({
      'server.mjs': server,
      'devices.json': {
        devices: [
          { name: 'alice', driver: 'chromium', emulate: 'Pixel 7' },
          { name: 'bob', driver: 'chromium', emulate: 'Pixel 7' },
        ],
        baseUrl: '${server:app}',
        servers: { app: { command: 'exec node server.mjs', ready: '/' } },
      },
      'modules/together.ts': together,
    })
  })
  after(() => project.remove())

  it('detect a deadlock at once, and report where the other branches were when one failed', async () => {
    const { exitCode, stdout } = await project.run(['run', 'modules/together.ts', '--timeout', '40000'])
    assert.equal(exitCode, 1, stdout)
    assert.match(stdout, /2 failed, 1 passed/)
    assert.match(
      stdout,
      /BATON_DEADLOCK: every branch waits for another.*\n +alice +waits for signal 'answered' \(modules\/together\.ts:14:13\)\n +bob +waits at barrier 'both' for alice \(modules\/together\.ts:18:13\)/,
    )
    assert.match(
      stdout,
      /failed in branch alice[^]*Expected: "nobody"[^]*other branches:\n +bob +(waits at barrier 'both' for alice|in [\w$.]+) +modules\/together\.ts:\d+:\d+\n/,
    )
  })
})
