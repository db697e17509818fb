import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { packageFile } from '../../src/process/package-root.js'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

/*
 * One project, run by `wdio run` and by Baton on the same Chromium: both call the same hooks with the same arguments.
 */

/** Prints each call of a hook: its name and what its arguments are. */
const shared = `
  const show = (value: any, depth = 0): unknown =>
    value instanceof Error ? 'Error: ' + value.message.split('\\n')[0] :
    value?.sessionId ? 'browser' :
    typeof value !== 'object' || value === null ? value :
    Array.isArray(value) ? value.map(each => show(each, depth + 1)) :
    'currentTest' in value || ('test' in value && 'timeout' in value) ? 'context' :
    Object.fromEntries(['type', 'title', 'parent', 'fullTitle', 'state', 'passed', 'skipped', 'error', 'result', 'retries', 'attempts', 'limit']
      .filter(key => value[key] !== undefined)
      .map(key => [key, key === 'title' ? value.title.replace(/: (wrappedHook|named)/, '') : show(value[key], depth + 1)]))
  export const log = (name: string) => (...args: unknown[]) =>
    console.log('HOOK ' + name + ' ' + JSON.stringify(args.map(each => show(each))))
  export const config: any = {
    runner: 'local', specs: ['./specs/*.ts'], maxInstances: 1, logLevel: 'silent', framework: 'mocha', reporters: [],
    waitforTimeout: 700, waitforInterval: 70, baseUrl: 'http://127.0.0.1:9', own: { a: 1 },
    mochaOpts: { timeout: 60_000 },
    capabilities: [{
      browserName: 'chrome', 'wdio:enforceWebDriverClassic': true, webSocketUrl: false,
      'wdio:chromedriverOptions': { binary: process.env.CHROMEDRIVER },
      'goog:chromeOptions': { binary: process.env.CHROMIUM, args: ['headless', 'no-sandbox'] },
    }],
  }`

const config = `
  import { config as base, log } from './shared.conf.js'
  import { register } from './commands.js'
  const files = (specs: string[]) => specs.map(spec => spec.split('/').at(-1))
  export const config: any = {
    ...base,
    onPrepare: (config: any, capabilities: unknown[]) => log('onPrepare')(config.own.a, capabilities.length),
    beforeSession: (config: any, capabilities: any, specs: string[], cid: string) => {
      log('beforeSession')(config.own.a, config.baseUrl, typeof capabilities.browserName, files(specs), cid)
      config.baseUrl = 'http://127.0.0.1:8'
      config.own = { a: 2 }
      process.env.SET_BEFORE = 'yes'
      ;(globalThis as any).early = { list: [1] }
      ;(expect as any).extend({ toBeEarly: (value: unknown) => ({ pass: value === 1, message: () => 'not early' }) })
    },
    afterSession: (config: any, capabilities: any, specs: string[]) =>
      log('afterSession')(config.own.a, typeof capabilities, files(specs)),
    before: (capabilities: any, specs: string[], browser: any) => {
      log('before')(typeof capabilities.browserName, files(specs), browser)
      register(browser)
    },
    beforeSuite: log('beforeSuite'), beforeHook: log('beforeHook'), beforeTest: log('beforeTest'),
    beforeCommand: (name: string, args: unknown[]) => { if (/^(url|getTitle)$/.test(name)) log('beforeCommand')(name, args) },
    afterCommand: (name: string, ...rest: unknown[]) => { if (/^(url|getTitle)$/.test(name)) log('afterCommand')(name, ...rest) },
    afterTest: [log('afterTest'), async () => { throw new Error('a hook that fails') }],
    afterHook: log('afterHook'), afterSuite: log('afterSuite'),
    after: (result: number, capabilities: any, specs: string[]) => log('after')(result, typeof capabilities, files(specs)),
    onComplete: (code: number, config: any, capabilities: unknown[], results: object) =>
      log('onComplete')(code, config.own.a, capabilities.length, JSON.stringify(results)),
  }`

const spec = `
  import { browser, expect } from '@wdio/globals'
  console.log('HOOK load ' + JSON.stringify([(globalThis as any).early, process.env.SET_BEFORE]))
  before(() => {})
  describe('outer', () => {
    before('named', async () => {})
    beforeEach(() => {})
    it('passes', async () => {
      await browser.url('data:text/html,<title>hi</title>')
      await expect(browser).toHaveTitle('hi')
      return 42
    })
    it('fails', async () => { throw new Error('boom') })
    it('skips itself', function () { this.skip() })
    let tries = 0
    it('passes the second time', () => { if (++tries < 2) throw new Error('try ' + tries) }, 2)
    it.skip('is skipped', () => {})
    it('is pending')
    it('finds the options', () => {
      const { options } = browser as any
      const { NODE_ENV, WDIO_WORKER_ID } = process.env
      const found = [options.baseUrl, options.waitforTimeout, options.waitforInterval, options.own, options.mochaOpts]
      ;(expect(1) as any).toBeEarly()
      console.log('HOOK options ' + JSON.stringify([...found, NODE_ENV, WDIO_WORKER_ID]))
    })
    describe('inner', () => {
      afterEach(() => {})
      it('throws a text', () => { throw 'text' })
    })
    after(async () => {})
  })
  describe('second', () => { it('x', () => {}) })`

const hookFails = `
  describe('a hook fails', () => {
    beforeEach(() => { throw new Error('hook') })
    it('never', () => {})
  })`

const commands = `
  export function register(browser: any) {
    browser.addCommand('plusOne', async (n: number) => n + 1)
    browser.addCommand('tagged', async function () { return '<' + await this.getTagName() + '>' }, { attachToElement: true })
    browser.addCommand('noWait', function () { return this.selector }, { attachToElement: true, disableElementImplicitWait: true })
    browser.addLocatorStrategy('data', (name: string, root?: any) =>
      [...(root ?? document).querySelectorAll('[data-id=' + name + ']')])
    browser.overwriteCommand('getText', async (original: any) => (await original()).toUpperCase(), { attachToElement: true })
    browser.overwriteCommand('pause', async (original: any, ms: number) => { await original(Math.min(ms, 5)); return 'short' })
  }`

/** Custom commands and locators of the hook before of the configuration, of a helper and of the spec. */
const custom = `
  import { browser, $, $$ } from '@wdio/globals'
  import { attempt } from '../helper.js'
  const page = 'data:text/html,<title>t</title><h1 data-id=head>Form</h1><button>b</button><ul><li data-id=a>a<li>b</ul>'
  it('uses commands', async () => {
    const b = browser as any
    await b.url(page)
    await attempt('of the config', () => b.plusOne(1))
    await attempt('of an element', () => ($('h1') as any).tagged())
    await attempt('waits for its element', () => ($('#none') as any).tagged())
    await attempt('does not wait', () => ($('#none') as any).noWait())
    await attempt('of many', () => $$('li').map(each => (each as any).tagged()))
    await attempt('overwritten', async () => [await $('h1').getText(), await b.pause(9999)])
    await attempt('locator', () => b.custom$('data', 'head').getText())
    await attempt('locator below an element', () => $('ul').custom$$('data', 'a').length)
    await attempt('locator that finds nothing', () => b.custom$('data', 'none').click())
    await attempt('locator that exists', () => b.addLocatorStrategy('data', () => []))
    await attempt('unknown locator', () => b.custom$('nothing', 'x').isExisting())
    await attempt('overwrites nothing', () => b.overwriteCommand('nothing', async () => {}))
    await attempt('proto and instances', () => {
      const [proto, instances] = [{}, { other: { __propertiesObject__: {} } }]
      b.addCommand('elsewhere', async () => 1, { proto, instances })
      return [typeof b.elsewhere, Object.keys(proto), Object.keys(instances.other.__propertiesObject__)]
    })
    await attempt('overwritten twice', async () => {
      b.overwriteCommand('getText', async (original: any) => '[' + await original() + ']', true)
      b.overwriteCommand('plusOne', async (original: any, n: number) => await original(n) * 10)
      b.overwriteCommand('getTitle', async (original: any) => 'title ' + await original())
      return [await $('h1').getText(), await b.plusOne(1), await b.getTitle()]
    })
    await attempt('overwritten $', () => {
      b.overwriteCommand('$', function (original: any, selector: string) { return original(selector === 'alias' ? 'h1' : selector) })
      return b.$('alias').getTagName()
    })
  })
  it('keeps them in the next test', () => attempt('next', async () => [await (browser as any).plusOne(1), await ($('h1') as any).tagged()]))`

const helper = `
  export const attempt = async (name: string, act: () => unknown) => {
    const value = await Promise.resolve().then(act).catch((error: Error) => error.name + ': ' + error.message.split('\\n')[0])
    console.log('HOOK custom ' + name + ' ' + JSON.stringify(value))
  }`

/** Calls in the order in which they were printed, without the prefix of a worker. */
function callsIn(output: string): string[] {
  return output.split('\n').flatMap(line => {
    const at = line.indexOf('HOOK ')
    return at < 0 || line.startsWith('{') ? [] : [line.slice(at)]
  })
}

describe('baton run --wdio-config', function () {
  let project: Project

  before(() => {
    project = new Project({
      'package.json': { type: 'module' },
      'shared.conf.ts': shared,
      'wdio.conf.ts': config,
      'specs/a.ts': spec,
      'specs/b.ts': hookFails,
      'specs/c.ts': custom,
      'specs/d.ts': `throw new Error('at load')`,
      'commands.ts': commands,
      'helper.ts': helper,
      'devices.json': { devices: [{ name: 'alice', driver: 'chromium' }] },
    })
    symlinkSync(packageFile('node_modules'), path.join(project.directory, 'node_modules'))
  })
  after(() => project.remove())

  it('calls the hooks as wdio run does, with the same arguments in the same order', async () => {
    const browsers = { CHROMIUM: '/usr/bin/chromium', CHROMEDRIVER: '/usr/bin/chromedriver' }
    const judge = spawnSync(
      process.execPath,
      [packageFile('node_modules/@wdio/cli/bin/wdio.js'), 'run', 'wdio.conf.ts'],
      {
        cwd: project.directory,
        env: { ...process.env, ...browsers, NODE_ENV: undefined },
        encoding: 'utf8',
      },
    )
    const result = await project.run(['run', '--wdio-config', 'wdio.conf.ts', '--json'], { NODE_ENV: undefined })
    const run = new RunOutcome(result)
    const printed = ['specs/a.ts', 'specs/b.ts', 'specs/c.ts', 'specs/d.ts'].flatMap(file => run.module(file).printed)
    const [prepare, ...rest] = callsIn(result.stdout)
    const ours = [prepare, ...callsIn(printed.join('\n')), ...rest]
    assert.ok(ours.length > 40, judge.stdout + judge.stderr)
    // Of a file that can't be loaded, WebdriverIO also calls these two.
    const notOurs = /^HOOK (?:before|after) \[.*\["d\.ts"\]/
    assert.deepEqual(
      ours,
      callsIn(judge.stdout).filter(call => !notOurs.test(call)),
    )
    assert.deepEqual([result.exitCode, judge.status], [1, 1])
    assert.match(
      printed.join('\n'),
      /afterTest of wdio.conf.ts failed: Error: a hook that fails\n\s+at .*wdio.conf.ts:\d+:\d+/,
    )
    assert.match(result.stderr, /wdio.conf.ts: ignored:\n {2}maxInstances: .*\n {2}logLevel: .*\n {2}capabilities: /)
  })
})
