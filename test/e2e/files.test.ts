import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

describe('files that a module reads', () => {
  let project: Project
  let run: RunOutcome
  before(async () => {
    project = new Project({
      'devices.json': fakeFarm('alice', 'bob'),
      'fixtures/greeting.txt': 'hello',
      'modules/fixtures/a.txt': 'A',
      'modules/fixtures/b.txt': 'B',
      'modules/fixtures/not-named.txt': 'no',
      'lib/words.ts': `
        import { readFileSync } from 'node:fs'
        export const files = ['words.txt']
        export const words = () => readFileSync(new URL('words.txt', import.meta.url), 'utf8')`,
      'lib/words.txt': 'words',
      'modules/reads.ts': `
        import { expect } from '@wdio/globals'
        import { readFileSync } from 'node:fs'
        import { readFile } from 'node:fs/promises'
        import path from 'node:path'
        import { words } from '../lib/words.js'
        import data from './data.json'
        export const files = ['fixtures/{a,b}.txt', '../fixtures/*.txt']
        it('by import.meta.url', () => expect(readFileSync(new URL('./fixtures/a.txt', import.meta.url), 'utf8')).toBe('A'))
        it('by __dirname', async () => expect(await readFile(path.join(__dirname, 'fixtures', 'b.txt'), 'utf8')).toBe('B'))
        it('by import.meta.dirname', () => expect(readFileSync(import.meta.dirname + '/../fixtures/greeting.txt', 'utf8')).toBe('hello'))
        it('of a helper', () => expect(words()).toBe('words'))
        it('from the working directory', () => expect(readFileSync('fixtures/greeting.txt', 'utf8')).toBe('hello'))
        it('imported', () => expect(data.n).toBe(42))
        it('named by import.meta.filename', () => expect(path.basename(import.meta.filename)).toBe('reads.ts'))`,
      'modules/data.json': { n: 42 },
      'modules/commonjs.cjs': `
        const { readFileSync } = require('node:fs')
        exports.files = ['fixtures/a.txt']
        it('reads too', () => { if (readFileSync(__dirname + '/fixtures/a.txt', 'utf8') !== 'A') throw new Error('no') })`,
      'modules/forgets.ts': `
        import { readFileSync } from 'node:fs'
        import { readFile } from 'node:fs/promises'
        const at = (name: string) => name; it('reads', () => readFileSync(new URL(at('./fixtures/not-named.txt'), import.meta.url)))
        it('reads later', () => readFile(import.meta.dirname + at('/fixtures/not-named.txt')))
        it('reads from the working directory', () => readFile(at('fixtures/greeting.txt')))
        it('reads what is nowhere', () => readFile('/nowhere/at/all'))`,
      'modules/forgets-at-once.ts': `
        import { readFileSync } from 'node:fs'
        const at = (name: string) => name
        const text = readFileSync(import.meta.dirname + at('/fixtures/not-named.txt'), 'utf8')
        it('x', () => text)`,
    })
    run = new RunOutcome(await project.run(['run', 'modules', '--json']))
  })
  after(() => project.remove())
  it('are sent with it if it lists them, from any folder', () => {
    const { tests } = run.module('modules/reads.ts')
    assert.equal(Object.keys(tests).length, 7)
    assert.deepEqual(new Set(Object.values(tests)), new Set(['passed']))
    assert.equal(run.module('modules/commonjs.cjs').verdict, 'passed')
  })

  it('are reported, with the line to add, if it does not list them', () => {
    const { failures } = run.module('modules/forgets.ts')
    for (const [title, file] of [
      ['reads', 'fixtures/not-named.txt'],
      ['reads later', 'fixtures/not-named.txt'],
      ['reads from the working directory', '../fixtures/greeting.txt'],
    ] as const) {
      assert.equal(failures[title]?.code, 'BATON_FILE_NOT_SHIPPED')
      assert.equal(failures[title]?.message, `'${file}' was not sent with the module.`)
      assert.equal(failures[title]?.hint, `add "${file}" to export const files in modules/forgets.ts`)
    }
    assert.match(failures['reads']?.stack ?? '', /\(modules\/forgets\.ts:4:\d+\)/)
    assert.equal(failures['reads what is nowhere']?.code, undefined)
    assert.equal(run.module('modules/forgets-at-once.ts').errors[0]?.code, 'BATON_FILE_NOT_SHIPPED')
  })
})

describe('files that a browser opens', () => {
  let project: Project
  let run: RunOutcome
  before(async () => {
    const test = (title: string, body: string): string => `
      it('${title}', async () => {
        await browser.url(pathToFileURL(path.resolve('pages/form.html')).href)
        ${body}
      })`
    project = new Project({
      'devices.json': { devices: [{ name: 'alice', driver: 'chromium' }] },
      'pages/form.html': '<h1>form</h1><input type=file>',
      'pages/unsent.html': '<h1>unsent</h1>',
      'data/a.txt': 'A',
      'data/b.txt': 'B',
      '.env': 'API_TOKEN="t0ken-of-env"',
      'modules/pages.ts': `
        import { readFileSync } from 'node:fs'
        import path from 'node:path'
        import { pathToFileURL } from 'node:url'
        import { $, browser, expect } from '@wdio/globals'
        export const files = ['../.env']; const at = (name: string) => name
        ${test('types a path', `await $('input').setValue(path.resolve('data/a.txt')); expect(await $('input').getValue()).toContain('a.txt')`)}
        ${test('opens a page that was not sent', `await browser.url('file://' + path.resolve(at('pages/unsent.html')) + '?x=1#y')`)}
        ${test('types a path that was not sent', `await $('input').addValue(path.resolve(at('data/b.txt')))`)}
        ${test('types a relative path', `await $('input').setValue('data/a.txt')`)}
        it('prints a secret', () => console.log('token:', readFileSync('.env', 'utf8')))`,
    })
    run = new RunOutcome(await project.run(['run', 'modules', '--json']))
  })
  after(() => project.remove())

  it('work if they were sent, and fail with a hint otherwise', () => {
    const { tests, failures } = run.module('modules/pages.ts')
    assert.equal(tests['types a path'], 'passed', JSON.stringify(failures))
    const hints = Object.fromEntries(Object.entries(failures).map(([title, { code, hint }]) => [title, [code, hint]]))
    const code = 'BATON_FILE_NOT_SHIPPED'
    assert.deepEqual(hints, {
      'opens a page that was not sent': [code, 'add "../pages/unsent.html" to export const files in modules/pages.ts'],
      'types a path that was not sent': [code, 'add "../data/b.txt" to export const files in modules/pages.ts'],
      'types a relative path': [code, "write an absolute path: path.resolve('data/a.txt')"],
    })
    const stack = failures['types a path that was not sent']?.stack ?? ''
    assert.match(stack, /modules\/pages\.ts:\d+/)
  })

  it('keep the secrets of a .env file out of the report', () => {
    const { printed } = run.module('modules/pages.ts')
    assert.ok(printed.includes('token: API_TOKEN="***"'), printed.join('\n'))
    assert.doesNotMatch(project.read('baton-report/latest/events.ndjson'), /t0ken-of-env/)
  })
})
