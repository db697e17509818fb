import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const server = `
  import { createServer } from 'node:http'
  createServer(({ url }, response) => {
    if (url !== '/report') return response.setHeader('content-type', 'text/html').end('<a href="/report">report</a>')
    response.setHeader('content-disposition', 'attachment; filename="the report.txt"').end('all is well')
  }).listen(Number(process.env.PORT), '127.0.0.1')`

const downloads = `
  import { $, browser, expect } from '@wdio/globals'
  import { mkdtempSync, readFileSync } from 'node:fs'
  import { tmpdir } from 'node:os'
  it('downloads', async () => {
    expect((await browser.getDownloadableFiles()).names).toEqual([])
    await browser.url('/')
    await $('a').click()
    await browser.waitUntil(async () => (await browser.getDownloadableFiles()).names.includes('the report.txt'))
    const { files } = await browser.downloadFile('the report.txt', mkdtempSync(tmpdir() + '/downloads-'))
    expect(readFileSync(files[0], 'utf8')).toBe('all is well')
    await expect(browser.download('../secret')).rejects.toThrow("no download is named '../secret'")
    await browser.deleteDownloadableFiles()
    expect((await browser.getDownloadableFiles()).names).toEqual([])
    await $('a').click()
    await browser.waitUntil(async () => (await browser.getDownloadableFiles()).names.length > 0)
  })`

describe('downloads of a browser', () => {
  let project: Project
  before(() => {
    project = new Project({
      'server.mjs': server,
      'devices.json': {
        devices: [{ name: 'web', driver: 'chromium', emulate: 'Pixel 7' }],
        baseUrl: '${server:app}',
        servers: { app: { command: 'exec node server.mjs', ready: '/' } },
      },
      'modules/1-downloads.ts': downloads,
      'modules/2-downloads.ts': downloads,
    })
  })
  after(() => project.remove())

  it('are fetched by the script, and neither reach the next module nor the user', async () => {
    const run = new RunOutcome(await project.run(['run', 'modules', '--json'], { HOME: project.directory }))
    const errors = run.events.filter(event => 'error' in event)
    assert.deepEqual(Object.values(run.verdicts), ['passed', 'passed'], JSON.stringify(errors, undefined, 2))
    assert.ok(!existsSync(`${project.directory}/Downloads`))
  })
})
