import assert from 'node:assert/strict'
import { contextOf, runAsTest } from '../../unit/script/module-in-process.js'
import { bidiCalls } from './calls/bidi-calls.js'
import { browserCalls } from './calls/browser-calls.js'
import { elementCalls } from './calls/element-calls.js'
import { callsPage, element, type Call } from './calls/page.js'
import { viewOfCall } from './calls/view-of-call.js'
import { chromiumCalls, webdriverCalls } from './calls/webdriver-calls.js'
import { OwnBrowser, Pages, PlainBrowser } from './two-browsers.js'

/** They open or end sessions, or wait for a person. Other tests are about them. */
const notCalled = ['newSession', 'deleteSession', 'reloadSession', 'sessionNew', 'sessionEnd']
notCalled.push('browserClose', 'shutdown', 'debug', 'once', 'off', 'emit', 'removeListener', 'removeAllListeners')

/** docs/coming-from-webdriverio.md has the reason. */
const knownDifferences = ['downloadFile']

/** What these return if no request is faster than its mock, which happens in WebdriverIO's own session, too. */
const certainValues: Readonly<Record<string, unknown>> = { mock: ['mocked', 0] }

describe('every command has the same result as in a session of WebdriverIO itself', () => {
  let pages: Pages
  let own: OwnBrowser
  let plain: PlainBrowser

  before(async () => {
    pages = await Pages.start({ '/': callsPage })
    own = await OwnBrowser.start()
    plain = await PlainBrowser.start(own.requested)
    // An element that is missing is waited for.
    for (const { browser } of [own, plain]) Object.assign(browser.options, { baseUrl: pages.url, waitforTimeout: 500 })
  })
  after(async () => {
    await plain?.stop()
    await own?.stop()
    pages?.stop()
  })

  const groups: Record<string, Record<string, Call>> = {
    'an element': elementCalls,
    'a browser': browserCalls,
    'WebDriver BiDi': bidiCalls,
    WebDriver: webdriverCalls,
    ChromeDriver: chromiumCalls,
  }
  for (const [group, calls] of Object.entries(groups)) {
    it(`if it is one of ${group}`, async () => {
      assert.deepEqual(await differencesOf(calls), [])
    })
  }

  it('if it needs a phone', async () => {
    const called = [elementCalls, browserCalls, bidiCalls, webdriverCalls, chromiumCalls].flatMap(calls =>
      Object.keys(calls),
    )
    const others = methodsOf(plain.browser).filter(name => ![...called, ...notCalled].includes(name))
    assert.ok(others.includes('gsmCall'), others.join(', '))
    const ofElements = methodsOf(await element(plain.browser)).filter(name => !methodsOf(plain.browser).includes(name))
    const touch = ofElements.filter(name => !called.includes(name))
    const call = async (target: object, name: string): Promise<unknown> =>
      Reflect.apply(Reflect.get(target, name), target, [])
    const byName: [string, Call][] = [
      ...others.map((name): [string, Call] => [name, async b => call(b, name)]),
      ...touch.map((name): [string, Call] => [name, async b => call(await element(b), name)]),
    ]
    assert.deepEqual(await differencesOf(Object.fromEntries(byName)), [])
  })

  /** Calls each command in both sessions. */
  async function differencesOf(calls: Record<string, Call>): Promise<unknown[]> {
    const found: unknown[] = []
    await Promise.all([own, plain].map(async ({ browser }) => browser.url('/')))
    for (const [name, call] of Object.entries(calls)) {
      const difference = knownDifferences.includes(name) ? undefined : await lastingDifference(name, call)
      if (difference) found.push({ name, ...difference })
    }
    return found
  }

  /** A difference counts if it comes again, and if our result is not the certain one. */
  async function lastingDifference(name: string, call: Call): Promise<object | undefined> {
    let difference: object | undefined
    for (let tries = 0; tries < 3; tries++) {
      const [ours, theirs] = await Promise.all([
        runAsTest(contextOf(['phone']), async () => viewOfCall(call, own.browser)),
        viewOfCall(call, plain.browser),
      ])
      if (JSON.stringify(ours) === JSON.stringify(theirs)) return undefined
      const isCertain = name in certainValues && JSON.stringify(ours) === JSON.stringify({ value: certainValues[name] })
      if (isCertain) return undefined
      difference = { ours, theirs }
    }
    return difference
  }
})

function methodsOf(target: object): string[] {
  const owners = [target, Object.getPrototypeOf(target) as object]
  return owners.flatMap(owner =>
    Object.entries(Object.getOwnPropertyDescriptors(owner))
      .filter(([, { value }]) => typeof value === 'function')
      .map(([name]) => name),
  )
}
