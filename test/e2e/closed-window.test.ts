import assert from 'node:assert/strict'
import { remote } from 'webdriverio'
import { findBrowser } from '../../drivers/chromium/find-browser.js'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const head = `
import { browser } from '@wdio/globals'

const page = 'data:text/html,<title>here</title>'
`

/** A window of its own for the script to be in, after the first one was closed: its last one, which scripts may close. */
const popup = `
  await browser.url(page)
  await browser.execute(() => { window.open('about:blank') })
  const [, second] = await browser.getWindowHandles()
  await browser.closeWindow()
  await browser.switchToWindow(second)
`

/** Modules that end their session by what they do to its last window. */
const closing = {
  'close-window.ts': `
it('closes', async () => {
  await browser.url(page)
  await browser.closeWindow()
})
it('goes on', async () => { await browser.getTitle() })`,
  'after-each.ts': `
afterEach(async () => { await browser.closeWindow() })
it('one', async () => { await browser.url(page) })
it('two', async () => { await browser.url(page) })`,
  'bidi-close.ts': `
it('closes', async () => {
  await browser.url(page)
  const { contexts } = await browser.browsingContextGetTree({})
  await browser.browsingContextClose({ context: contexts[0].context })
})
it('goes on', async () => { await browser.getTitle() })`,
  'execute-close.ts': `
it('closes', async () => {${popup}
  await browser.execute(() => window.close())
  await browser.getTitle()
})`,
  'click-close.ts': `
it('closes', async () => {${popup}
  await browser.execute(() => { document.body.innerHTML = '<button onclick="window.close()">x</button>' })
  await browser.$('button').click()
  await browser.getTitle()
})`,
}

/** Modules that close windows and leave one open, or expect that theirs is gone: they pass. */
const harmless = {
  'popup.ts': `
it('closes a popup', async () => {
  await browser.url(page)
  const first = await browser.getWindowHandle()
  await browser.newWindow('about:blank')
  await browser.closeWindow()
  await browser.switchToWindow(first)
  if ((await browser.getTitle()) !== 'here') throw new Error('another window')
})`,
  'expected.ts': `
it('expects the end', async () => {
  await browser.url(page)
  await browser.closeWindow().catch(() => {})
})`,
}

const next = `
it('has a window', async () => {
  await browser.url(page)
  if ((await browser.getTitle()) !== 'here') throw new Error('no page')
})`

/** Each module is followed by one that needs a window. */
function withNext(bodies: Record<string, string>): [name: string, code: string][] {
  return Object.entries(bodies).flatMap(([name, body]) => [
    [name, head + body],
    [`next-after-${name}`, head + next],
  ])
}

async function run(modules: [name: string, code: string][], reset: string): Promise<RunOutcome> {
  const device = { name: 'alice', driver: 'chromium', emulate: 'Pixel 7', reset }
  const project = new Project({ 'devices.json': { devices: [device] }, ...Object.fromEntries(modules) })
  try {
    return new RunOutcome(await project.run(['run', ...modules.map(([name]) => name), '--json']))
  } finally {
    project.remove()
  }
}

/** What plain WebdriverIO throws when a script closes its last window, and at the next command. */
async function errorsOfPlainSession(): Promise<string[]> {
  const { browser: binary, chromedriver } = await findBrowser({}, process.env)
  const browser = await remote({
    logLevel: 'silent',
    capabilities: {
      browserName: 'chrome',
      'goog:chromeOptions': { binary, args: ['--headless=new', '--no-sandbox', '--disable-gpu'] },
      'wdio:chromedriverOptions': { binary: chromedriver },
    },
  })
  const messageOf = async (command: Promise<unknown>): Promise<string> =>
    command.then(
      () => 'it did not fail',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
  try {
    return [await messageOf(browser.closeWindow()), await messageOf(browser.getTitle())]
  } finally {
    await browser.deleteSession()
  }
}

describe('a script that closes its last window', function () {
  this.timeout(240_000)

  for (const reset of ['app', 'none']) {
    it(`fails, and the next module gets a new session, on a device with reset '${reset}'`, async () => {
      const modules = withNext(closing)
      const outcome = await run(modules, reset)
      const expected = modules.map(([name]) => [name, name in closing ? 'failed' : 'passed'])
      assert.deepEqual(outcome.verdicts, Object.fromEntries(expected), outcome.result.stderr)
      assert.equal(outcome.result.exitCode, 1)
      for (const name of Object.keys(closing)) {
        const { attempts, errors } = outcome.module(name)
        assert.equal(attempts, 1, `${name} was run again`)
        assert.equal(errors[0]?.code, 'BATON_LAST_WINDOW_CLOSED', name)
        assert.match(errors[0].message, /the script closed its last window on alice/)
      }
    })
  }

  it('sees the errors that it would see with a session of its own', async () => {
    const outcome = await run([['close-window.ts', head + (closing['close-window.ts'] ?? '')]], 'none')
    const { failures } = outcome.module('close-window.ts')
    const seen = ['closes', 'goes on'].map(title => failures[title]?.message)
    assert.deepEqual(seen, await errorsOfPlainSession())
  })

  it('passes if it expects the closed window, or leaves another one open', async () => {
    const modules = withNext(harmless)
    const outcome = await run(modules, 'none')
    const expected = modules.map(([name]) => [name, 'passed'])
    assert.deepEqual(outcome.verdicts, Object.fromEntries(expected), outcome.result.stderr)
    assert.equal(outcome.result.exitCode, 0)
  })
})
