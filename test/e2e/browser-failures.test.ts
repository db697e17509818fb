import assert from 'node:assert/strict'
import { expect } from 'expect-webdriverio'
import { remote } from 'webdriverio'
import { findBrowser } from '../../drivers/chromium/find-browser.js'
import type { ErrorRecord } from '../../src/event/run-event.js'
import { Project } from './baton-cli.js'
import { browserFailures, page } from './browser-failures.js'
import { RunOutcome } from './run-outcome.js'

const head = `import { $, $$, browser, expect } from '@wdio/globals'
interface Unused { only: 'in TypeScript' }
const page = ${JSON.stringify(page)}
`
const tests = Object.entries(browserFailures).map(
  ([kind, body]) => `it(${JSON.stringify(kind)}, async () => {
    await browser.url(page)
    ${body}
  }) // ${kind}
`,
)
const text = head + tests.join('')

/** Baton adds what to do: the browser may be on another machine. */
const ownMessage = 'a file that is not there'
/** Baton adds the URL. */
const ownUrl = 'a server that is not there'

describe('what fails in a browser', function () {
  this.timeout(400_000)
  let failures: Record<string, ErrorRecord>
  before(async () => {
    const device = { name: 'shop', driver: 'chromium', waitforTimeout: 100 }
    const project = new Project({ 'devices.json': { devices: [device] }, 'shop.ts': text })
    try {
      failures = new RunOutcome(await project.run(['run', 'shop.ts', '--json'])).module('shop.ts').failures
    } finally {
      project.remove()
    }
  })

  it("shows the user's own line, and the call in it", () => {
    const lines = text.split('\n')
    const wrong = Object.keys(browserFailures).flatMap(kind => {
      const end = lines.indexOf(`  }) // ${kind}`)
      const line = lines.findLastIndex((source, index) => index < end && source.includes('//!'))
      const [source = '', call = ''] = lines[line]?.split(' //! ') ?? []
      const [, at, column] = /^shop\.ts:(\d+):(\d+)$/.exec(failures[kind]?.place ?? '') ?? []
      const shown = source.slice(Number(column) - 1)
      const isRight = Number(at) === line + 1 && (shown.startsWith('await ') || shown.startsWith(call))
      return isRight ? [] : [{ kind, line: line + 1, ...failures[kind] }]
    })
    assert.deepEqual(wrong, [])
  })

  it("has the message that a session of WebdriverIO's own gets", async () => {
    const found: Record<string, string> = {}
    for (const kind of Object.keys(browserFailures)) found[kind] = comparable(failures[kind]?.message ?? '')
    const { [ownMessage]: own, [ownUrl]: refused, ...others } = found
    const { [ownMessage]: _, [ownUrl]: plainRefused, ...plain } = await plainMessages()
    assert.deepEqual(others, plain)
    assert.match(plainRefused ?? '', /net::ERR_CONNECTION_REFUSED/)
    assert.equal(refused?.replace(/ at http:\S+/, ''), plainRefused)
    assert.equal(own, "the browser can't find '/none/at/all'.")
  })
})

interface Runnable {
  run: (...args: unknown[]) => Promise<void>
}

/** Runs the same code on a session that `remote()` opened. */
async function plainMessages(): Promise<Record<string, string>> {
  const { browser: binary, chromedriver } = await findBrowser({}, process.env)
  const browser = await remote({
    logLevel: 'silent',
    waitforTimeout: 100,
    capabilities: {
      browserName: 'chrome',
      'goog:chromeOptions': { binary, args: ['--headless=new', '--no-sandbox', '--disable-gpu'] },
      'wdio:chromedriverOptions': { binary: chromedriver },
    },
  })
  const messages: Record<string, string> = {}
  try {
    for (const [kind, body] of Object.entries(browserFailures)) {
      const code = `export const run = async (browser, $, $$, expect) => { await browser.url(${JSON.stringify(page)})\n${body}\n}`
      const { run } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Runnable
      const thrown = run(browser, browser.$.bind(browser), browser.$$.bind(browser), expect)
      messages[kind] = comparable(await thrown.then(() => 'it did not fail', errorText))
    }
    return messages
  } finally {
    await browser.deleteSession()
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A message up to what differs each time: ids, positions, builds. */
function comparable(message: string): string {
  const [first = ''] = message.split(/\s*\(Session info|\n/)
  return first.replaceAll(/\d+/g, 'N')
}
