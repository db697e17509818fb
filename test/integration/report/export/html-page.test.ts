import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type axe from 'axe-core'
import { packageFile } from '../../../../src/process/package-root.js'
import { formatHtml } from '../../../../src/report/html/format-html.js'
import { withBrowser } from '../../../support/with-browser.js'
import { startedAt } from '../../../unit/report/events.js'
import { storyOf, traceOf, tracePath, withRun } from './a-run.js'

type PageBrowser = Parameters<Parameters<typeof withBrowser>[0]>[0]

const error = {
  name: 'Error',
  message: 'not there',
  codeFrame: '> 7 | await $("p").click()',
  stack: 'at test/m.ts:7:3',
}
const act = { branch: '', role: 'alice', place: 'test/m.ts:7:3' }
const trace = traceOf(
  { type: 'test', title: ['chat', 'fails'], role: 'alice', at: startedAt },
  {
    type: 'command',
    ...act,
    called: 'click',
    call: 1,
    command: 'elementClick',
    start: startedAt + 1,
    end: startedAt + 9,
    error: 'not there',
  },
  { type: 'pass', branch: '', role: 'bob', from: 'alice', at: startedAt + 10 },
  { type: 'wait', ...act, role: 'bob', on: 'barrier', name: 'ready', for: ['alice'], start: startedAt + 20 },
)
const story = storyOf(error, attempt => {
  attempt.log('a line\n').artifact('alice', 'fails')
  attempt.test('fails', { state: 'failed', error }).test('passes').test('is skipped', { state: 'pending' })
})

/** Opens the report of a run with every kind of module in a real browser, from the disk. */
async function inBrowser(look: (browser: PageBrowser) => Promise<void>): Promise<void> {
  await withRun(story, { [tracePath]: trace }, async run => {
    const file = path.join(run.directory, 'index.html')
    await writeFile(file, await formatHtml(run))
    await withBrowser(async browser => {
      await browser.url(pathToFileURL(file).href)
      await look(browser)
    })
  })
}

describe('the HTML report in a browser', () => {
  it('has no violation that axe finds, at the size of a phone and of a desktop, in light and dark', async () => {
    const code = await readFile(packageFile('node_modules', 'axe-core', 'axe.min.js'), 'utf8')
    await inBrowser(async browser => {
      await browser.execute(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
      })
      await browser.execute(code)
      for (const scheme of ['light', 'dark']) {
        const features = [{ name: 'prefers-color-scheme', value: scheme }]
        await browser.sendCommand('Emulation.setEmulatedMedia', { features })
        for (const width of [390, 1_400]) {
          const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 }
          await browser.sendCommand('Emulation.setDeviceMetricsOverride', metrics)
          const { violations, passes } = await browser.execute(async () =>
            (globalThis as unknown as { axe: typeof axe }).axe.run(),
          )
          assert.deepEqual(
            violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]),
            [],
            `${scheme}, ${width} px`,
          )
          assert.ok(passes.some(({ id }) => id === 'color-contrast'))
          const fits = await browser.execute(() => document.documentElement.scrollWidth <= innerWidth)
          assert.ok(fits, `more than ${width} px wide`)
        }
      }
    })
  })

  it('is filtered, opened and followed by keyboard and links', async () => {
    await inBrowser(async browser => {
      const shown = async () => browser.$$('.modules > li').filter(async row => row.isDisplayed())
      const opened = async () => browser.$$('.modules > li > details[open] .name').map(async name => name.getText())
      await browser.keys('/')
      await browser.keys('falters')
      assert.equal(await browser.$('#found').getText(), '1 of 3')
      assert.equal((await shown()).length, 1)
      // Over the list of verdicts to the only module.
      await browser.keys(['Tab'])
      await browser.keys(['Tab'])
      await browser.keys(['Enter'])
      assert.deepEqual(await opened(), ['test/flaky.ts'])
      // A link that was shared leads to an attempt of a module that the filter hides.
      await browser.execute(() => (location.hash = 'module-m-attempt-1'))
      await browser.$('#module-m-attempt-1').waitForDisplayed()
      assert.deepEqual(await opened(), ['test/m.ts', 'test/flaky.ts'])
    })
  })
})
