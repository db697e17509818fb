import assert from 'node:assert/strict'
import { BatonError, BatonErrors } from '../../../src/error/baton-error.js'
import { findSpecs } from '../../../src/run/wdio-config/find-specs.js'
import { LauncherHooks } from '../../../src/run/wdio-config/launcher-hooks.js'
import { readWdioConfig, type LoadedWdioConfig } from '../../../src/run/wdio-config/read-wdio-config.js'
import { wdioRunOptions } from '../../../src/run/wdio-config/wdio-run-options.js'
import { Project } from '../module/project.js'

async function withConfig<T>(
  files: Record<string, string>,
  use: (config: LoadedWdioConfig, cwd: string) => Promise<T>,
): Promise<T> {
  await using project = await Project.create(files)
  return await use(await readWdioConfig(Object.keys(files)[0] ?? '', project.cwd), project.cwd)
}

async function errorsOf(files: Record<string, string>): Promise<string[]> {
  try {
    await withConfig(files, async () => {})
  } catch (error) {
    if (error instanceof BatonErrors) return error.errors.map(each => each.format())
    if (error instanceof BatonError) return [error.format()]
    throw error
  }
  return []
}

async function specsOf(
  files: Record<string, string>,
  selection: { globs?: string[]; suites?: string[] } = {},
): Promise<{ names: string[]; notes: string[] }> {
  return withConfig(files, async (config, cwd) => {
    const found = await findSpecs(config, { globs: [], suites: [], ...selection }, cwd)
    return { names: found.files.map(({ name }) => name), notes: found.notes }
  })
}

describe('a WebdriverIO configuration', () => {
  it('is read with what it imports and spreads, from TypeScript, ES modules and CommonJS', async () => {
    const base = `export const config: object = { baseUrl: 'http://base', waitforTimeout: 1, mochaOpts: { timeout: '2s' } }`
    const files = {
      'wdio.conf.ts': `import { config as base } from './base/shared.conf.js'
        export const config = { ...base, waitforTimeout: 200, mochaOpts: { grep: /a b/i, retries: 2, require: ['./r.ts'] } }`,
      'base/shared.conf.ts': base,
    }
    const options = await withConfig(files, wdioRunOptions)
    assert.deepEqual(options.webdriver, { baseUrl: 'http://base', waitforTimeout: 200 })
    assert.equal(options.grep, '/a b/i')
    assert.deepEqual(options.mocha, { retries: 2 })
    assert.deepEqual(
      options.setup.map(file => file.split('/').at(-1)),
      ['wdio.conf.ts', 'r.ts'],
    )
    const common = await withConfig(
      { 'wdio.conf.cjs': `exports.config = { mochaOpts: { timeout: '2s' }, bail: 1, specFileRetries: 3 }` },
      wdioRunOptions,
    )
    assert.deepEqual([common.timeoutMs, common.bail, common.retries], [2000, true, 3])
    const module = `export const config = { specs: [new URL('a.js', import.meta.url).pathname] }`
    const found = await specsOf({ 'wdio.conf.mjs': module, 'a.js': '' })
    assert.deepEqual(found.names, ['a.js'])
  })

  it('names every bad value with its place, what was expected and what was found', async () => {
    const errors = await errorsOf({
      'wdio.conf.ts': `import { shared } from './shared.js'
export const config = {
  ...shared,
  specs: ['a.ts', ['b.ts', 7]],
  waitforTimeout: '5s',
  before: 'not a function',
  mochaOpts: { timeout: true, ui: 'exports' },
}`,
      'shared.ts': `export const shared = {
  bail: -1,
}`,
    })
    const found = errors.map(text => text.split('\n')[0] ?? '').toSorted()
    assert.deepEqual(found, [
      `BATON_CONFIG_INVALID: shared.ts:2:9: 'bail': expected a whole number, 0 or more, found -1.`,
      `BATON_CONFIG_INVALID: wdio.conf.ts:4:28: 'specs[1][1]': expected a path or glob, found 7.`,
      `BATON_CONFIG_INVALID: wdio.conf.ts:5:19: 'waitforTimeout': expected milliseconds, 0 or more, found '5s'.`,
      `BATON_CONFIG_INVALID: wdio.conf.ts:6:11: 'before': expected a function or a list of functions, found 'not a function'.`,
      `BATON_CONFIG_INVALID: wdio.conf.ts:7:25: 'mochaOpts.timeout': expected milliseconds, or a time such as "10s", found true.`,
      `BATON_CONFIG_INVALID: wdio.conf.ts:7:35: 'mochaOpts.ui': expected "bdd", "tdd" or "qunit", found 'exports'.`,
    ])
  })

  it('is refused by name if it is for jasmine or cucumber', async () => {
    for (const framework of ['jasmine', 'cucumber']) {
      const [error = ''] = await errorsOf({ 'wdio.conf.js': `export const config = {\n  framework: '${framework}' }` })
      assert.match(error, new RegExp(`wdio.conf.js:2:14: 'framework': expected 'mocha', found '${framework}'`))
      assert.match(error, new RegExp(`HINT: .*run ${framework} specs with wdio run`))
    }
  })

  const broken = {
    'throws while it loads': [
      `export const config = {}\nthrow new Error('no token')`,
      /wdio.conf.ts:2:7: .*Error: no token/,
    ],
    'throws a text': [`throw 'no token'`, /wdio.conf.ts: wdio.conf.ts threw while it was loaded: 'no token'/],
    'has a getter that throws': [
      `export const config = {\nget specs() { throw new Error('lazy') } }`,
      /wdio.conf.ts:2:21: .*Error: lazy/,
    ],
    'has a pattern that is not one': [
      `export const config = { mochaOpts: { grep: '(' } }`,
      /wdio.conf.ts:1:44: 'mochaOpts.grep': expected a valid regular expression, found '\('/,
    ],
    'exports nothing useful': [
      `export default {}`,
      /expected an export named 'config' that is an object, found only: default/,
    ],
    'exports a list': [`export const config = [1]`, /wdio.conf.ts:1:23: expected an export .* found \[ 1 \]/],
    'has a syntax error': [`export const config = {`, /BATON_MODULE_SYNTAX: wdio.conf.ts:1/],
    'imports what does not exist': [
      `import './nope.js'\nexport const config = {}`,
      /BATON_MODULE_IMPORT: wdio.conf.ts:1/,
    ],
  } as const
  for (const [title, [text, expected]] of Object.entries(broken)) {
    it(`is one clear error if it ${title}`, async () => {
      const errors = await errorsOf({ 'wdio.conf.ts': text })
      assert.equal(errors.length, 1)
      assert.match(errors[0] ?? '', expected)
    })
  }

  it('lists each key that is ignored once, with the reason, and not WebdriverIO’s defaults', async () => {
    const keys = await withConfig(
      {
        'wdio.conf.ts': `export const config = {
          runner: 'local', services: ['visual'], reporters: [], capabilities: [{ browserName: 'chrome' }], maxInstances: 100,
          own: 1, waitForTimeout: 5, onReload() {}, bail: 3, mochaOpts: { parallel: true } }`,
      },
      async ({ ignored }) => ignored.map(({ key }) => key),
    )
    assert.deepEqual(keys.toSorted(), [
      'bail',
      'capabilities',
      'mochaOpts.parallel',
      'onReload',
      'services',
      'waitForTimeout',
    ])
  })

  it('finds specs as wdio does: nested lists, globs relative to it, names without a folder, exclusions', async () => {
    const config = `export const config = { specs: [['./a/one.spec.ts', 'a/two.spec.ts'], '*.e2e.ts', 'gone.ts'], exclude: ['./a/x/no.e2e.ts'] }`
    const files = { 'conf/wdio.conf.ts': config }
    const folders = ['a/one.spec.ts', 'a/two.spec.ts', 'a/x/yes.e2e.ts', 'a/x/no.e2e.ts', 'node_modules/p/z.e2e.ts']
    const all = Object.fromEntries(folders.map(name => [`conf/${name}`, '']))
    const { names, notes } = await specsOf({ ...files, ...all })
    assert.deepEqual(names, ['conf/a/one.spec.ts', 'conf/a/two.spec.ts', 'conf/a/x/yes.e2e.ts'])
    assert.match(notes.join('\n'), /no file matches 'gone.ts'[^]*groups in a list/)
  })

  it('runs suites, and the files of the command line, without what it excludes', async () => {
    const files = {
      'wdio.conf.ts': `export const config = { specs: ['./a.ts'], suites: { login: ['./b.ts', './c.ts'], other: ['./d.ts'] }, exclude: ['c.ts'] }`,
      ...Object.fromEntries(['a.ts', 'b.ts', 'c.ts', 'd.ts'].map(name => [name, ''])),
    }
    assert.deepEqual((await specsOf(files)).names, ['a.ts'])
    assert.deepEqual((await specsOf(files, { suites: ['login', 'other'] })).names, ['b.ts', 'd.ts'])
    assert.deepEqual((await specsOf(files, { globs: ['c.ts', 'd.ts'] })).names, ['d.ts'])
    await assert.rejects(specsOf(files, { suites: ['logn'] }), /no such suite \(known: login, other\)/)
  })

  it('runs onPrepare before specs are searched, and onComplete with the results', async () => {
    const text = `
      export const config = Object.freeze({
        after: null,
        specs: [] as string[],
        onPrepare: [(config: any) => { config.specs = ['./a.ts'] }, async () => { throw new TypeError('a hook') }],
        onComplete: (...args: unknown[]) => { throw new Error(JSON.stringify([args[0], args.length, args[3]])) },
      })`
    const lines: string[] = []
    await withConfig({ 'wdio.conf.ts': text, 'a.ts': '' }, async (config, cwd) => {
      const hooks = new LauncherHooks(config, line => lines.push(line))
      await hooks.prepare()
      const found = await findSpecs(config, { globs: [], suites: [] }, cwd)
      assert.deepEqual(
        found.files.map(({ name }) => name),
        ['a.ts'],
      )
      assert.equal(await hooks.complete(0, { finished: 1, passed: 1, retries: 0, failed: 0 }), 1)
    })
    assert.match(lines[0] ?? '', /^wdio.conf.ts:5:\d+: onPrepare failed: TypeError: a hook$/)
    assert.match(
      lines[1] ?? '',
      /onComplete failed: Error: \[0,4,\{"finished":1,"passed":1,"retries":0,"failed":0\}\]$/,
    )
  })
})
