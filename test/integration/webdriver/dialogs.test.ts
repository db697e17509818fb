import assert from 'node:assert/strict'
import { dialogPages, dialogScripts, racingScripts, type DialogScript } from './dialog-scripts.js'
import { OwnBrowser, Pages, PlainBrowser, type Browser } from './two-browsers.js'

describe('dialogs', () => {
  let pages: Pages
  let own: OwnBrowser
  let plain: PlainBrowser

  before(async () => {
    pages = await Pages.start(dialogPages)
    own = await OwnBrowser.start()
    plain = await PlainBrowser.start(own.requested)
    for (const { browser } of [own, plain]) browser.options.baseUrl = pages.url
  })
  after(async () => {
    await plain?.stop()
    await own?.stop()
    pages?.stop()
  })

  for (const [title, script] of Object.entries(dialogScripts)) {
    it(`are as in a session of WebdriverIO's own if a script ${title}`, async () => {
      const expected = await outcomeOf(script, plain.browser)
      assert.deepEqual(await outcomeOf(script, own.browser), expected)
    })
  }

  for (const [title, script] of Object.entries(racingScripts)) {
    it(`are reached before WebdriverIO dismisses them if a script ${title}`, async () => {
      // Both are on their way at the same time: one run proves nothing.
      const wanted = await firstValue(script, plain.browser)
      assert.deepEqual(await firstValue(script, own.browser), wanted)
    })
  }
})

const maxRuns = 50

/** The first value that a script returns in some runs. */
async function firstValue(script: DialogScript, browser: Browser): Promise<unknown> {
  let last: unknown
  for (let run = 0; run < maxRuns; run++) {
    last = await outcomeOf(script, browser)
    if (typeof last === 'object' && last !== null && 'value' in last) return last
  }
  return last
}

/** Runs a script on a fresh page. */
async function outcomeOf(script: DialogScript, browser: Browser): Promise<unknown> {
  await browser.switchFrame(null)
  await browser.url('/')
  try {
    return { value: await script(browser) }
  } catch (error) {
    return { error: kindOf(error) }
  } finally {
    browser.off('dialog', undefined as never)
    await browser.dismissAlert().catch(() => {})
  }
}

/** An error's text up to what differs each time: texts of the driver's build, ids, line numbers. */
function kindOf(error: unknown): string {
  const [first = ''] = String(error).split('\n')
  return first.replace(/\s*\(Session info.*$/, '')
}
