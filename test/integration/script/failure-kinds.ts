/** Files that the failing module imports. */
export const supportFiles: Record<string, string> = {
  'pages/page.ts': `import { $ } from '@wdio/globals'
type Unused = string
export class Page {
  get button() { return $('#nothing') }
  async press(): Promise<void> {
    await this.button.click() /*! a click in a page object */
  }
}
`,
  'pages/old.cjs': `exports.fail = function () {
  throw new TypeError('old') /*! a CommonJS file */
}
`,
  'pages/new.mjs': `export function fail() {
  throw new RangeError('new') /*! an .mjs file */
}
`,
  'pages/plain.js': `export const fail = async () => {
  await null
  throw new Error('plain') /*! a .js file */
}
`,
  'pages/view.tsx': `export function fail(value: unknown): never {
  throw new Error(String(value)) /*! a .tsx file */
}
`,
  'node_modules/acme/package.json': '{ "name": "acme", "main": "index.js" }',
  'node_modules/acme/index.js': `exports.fail = () => { throw new Error('acme') }
exports.reject = async () => { await null; throw new Error('acme') }
exports.check = function check(value) {
  const error = new Error('expected ' + value)
  error.name = 'AssertionError'
  error.showDiff = true
  error.actual = value
  error.expected = true
  Error.captureStackTrace(error, check)
  throw error
}
`,
}

const kind = (title: string, body: string): string => `it('<${title}>', async function () {\n${body}\n})\n`

/** Each kind of failure marks its line with its name. A test's title contains the name of its kind. */
export const failureKinds = [
  `import { $, $$, browser, expect } from '@wdio/globals'
import nodeAssert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs'
import { exec } from 'node:child_process'
import { get } from 'node:http'
import { promisify } from 'node:util'
import { runInThisContext } from 'node:vm'
import { barrier, parallel, start, until, useDevice } from 'baton'
import { check, fail as acmeFail, reject as acmeReject } from 'acme'
import { Page } from './pages/page.js'
import { fail as oldFail } from './pages/old.cjs'
import { fail as newFail } from './pages/new.mjs'
import { fail as plainFail } from './pages/plain.js'
import { fail as viewFail } from './pages/view.js'
type Unused = { a: string }
await useNothing()
async function useNothing(): Promise<void> {}
export const devices = { alice: 'alice', bob: 'bob' }
const early = new Error('created early') /*! an error created at load */
`,
  kind('a click in a page object', 'await new Page().press()'),
  kind('a CommonJS file', 'oldFail()'),
  kind('an .mjs file', 'newFail()'),
  kind('a .js file', 'await plainFail()'),
  kind('a .tsx file', 'viewFail(1)'),
  kind('an error created at load', 'throw early'),
  kind('an Error', "throw new Error('x') /*! an Error */"),
  kind('a string', "await null\nthrow 'x' /*! a string */"),
  kind('a called string', 'await null\nthrow String(1) /*! a called string */'),
  kind('undefined', 'throw undefined /*! undefined */'),
  kind('an object', 'throw { code: 1 } /*! an object */'),
  kind('a foreign object', 'class Odd {}\nthrow new Odd() /*! a foreign object */'),
  kind('a rejection with a string', "await Promise.reject('x') /*! a rejection with a string */"),
  kind('a rejection with undefined', 'await Promise.reject() /*! a rejection with undefined */'),
  kind('reject()', 'await new Promise((_, reject) => {\nsetTimeout(() => reject(7), 1) /*! reject() */\n})'),
  kind(
    'another name of reject',
    "await new Promise((_, reject) => {\nconst fail = reject\nsetTimeout(() => fail('x'), 1) /*! another name of reject */\n})",
  ),
  kind('a thenable', "await { then(_: unknown, no: (reason: string) => void) {\nno('x') /*! a thenable */\n} }"),
  kind(
    'a deferred',
    "const deferred: { reject?: (reason: string) => void } = {}\nconst promise = new Promise((_, reject) => Object.assign(deferred, { reject }))\ndeferred.reject?.('x') /*! a deferred */\nawait promise",
  ),
  kind(
    'exec with a callback',
    "await new Promise((resolve, reject) => exec('exit 3', error => {\nif (error) reject(error) /*! exec with a callback */\nresolve(1)\n}))",
  ),
  // Their errors come from Node, which knows nothing of the script: the line of the test is shown, and no other.
  "it('<promisify>', async () => { /*! promisify */\nawait promisify(readFile)('/none/at/all')\n})\n",
  "it('<exec>', async () => { /*! exec */\nawait promisify(exec)('exit 3')\n})\n",
  "it('<an http error>', async () => { /*! an http error */\nawait new Promise((_, reject) => void get('http://127.0.0.1:1').on('error', reject))\n})\n",
  "it('<an http error of nobody>', done => { /*! an http error of nobody */\nget('http://127.0.0.1:1')\n})\n",
  kind('no stack', "const error = new Error('x')\ndelete error.stack\nthrow error /*! no stack */"),
  kind('a broken stack', "const error = new Error('x')\nerror.stack = 42 as any\nthrow error /*! a broken stack */"),
  kind(
    'a foreign stack',
    "const error = new Error('x')\nerror.stack = 'nothing here'\nthrow error /*! a foreign stack */",
  ),
  kind(
    'an own prepareStackTrace',
    "Error.prepareStackTrace = () => []\ntry { throw new Error('x') /*! an own prepareStackTrace */\n} finally { setTimeout(() => { delete (Error as any).prepareStackTrace }, 0) }",
  ),
  kind('a cause', "try { null!.x } catch (cause) {\nthrow new Error('outer', { cause }) /*! a cause */\n}"),
  kind('Promise.any', "await Promise.any([\n(async () => { throw new Error('one') })(), /*! Promise.any */\n])"),
  kind('AggregateError', "throw new AggregateError([new Error('one')], 'all') /*! AggregateError */"),
  kind('assert', 'nodeAssert.equal(1, 2) /*! assert */'),
  kind('assert.rejects', 'await nodeAssert.rejects(async () => {}) /*! assert.rejects */'),
  kind('a foreign assertion', 'check(false) /*! a foreign assertion */'),
  kind('a package', 'acmeFail() /*! a package */'),
  kind('an asynchronous package', 'await acmeReject() /*! an asynchronous package */'),
  kind('waitForExist', "await $('#nothing').waitForExist({ timeout: 20 }) /*! waitForExist */"),
  kind(
    'waitUntil',
    "await browser.waitUntil(() => false, { timeout: 20, timeoutMsg: 'own message' }) /*! waitUntil */",
  ),
  kind('setValue', "await $('#nothing').setValue('x') /*! setValue */"),
  kind('selectByVisibleText', "await $('#nothing').selectByVisibleText('x') /*! selectByVisibleText */"),
  kind('$$().map', "await $$('//*').map(async () => { throw new Error('x') /*! $$().map */\n})"),
  kind('a stack in a matcher', "expect(() => { throw new Error('x') }).not.toThrow() /*! a stack in a matcher */"),
  kind(
    'code without a file',
    "runInThisContext(\"throw new Error('x')\", { filename: 'x.js' }) /*! code without a file */",
  ),
  // Nobody catches the error, so mocha runs what follows inside the call that failed.
  kind(
    'an uncaught error of a command',
    "await browser.uploadFile('/none/at/all') /*! an uncaught error of a command */",
  ),
  kind('a matcher', "await expect($('#nothing')).toExist({ wait: 20 }) /*! a matcher */"),
  kind('a soft assertion', "await expect.soft($('#nothing')).toExist({ wait: 20 }) /*! a soft assertion */"),
  kind('a plain matcher', 'expect(1).toBe(2) /*! a plain matcher */'),
  kind('an unknown method', "await browser.execute('mobile: nothing') /*! an unknown method */"),
  kind('a wrong argument', 'await browser.url(42 as any) /*! a wrong argument */'),
  kind(
    'a custom command',
    "browser.addCommand('fails', async () => { await $('#nothing').click() /*! a custom command */\n})\nawait (browser as any).fails()",
  ),
  kind('Promise.all', "await Promise.all([$('#nothing').click(), /*! Promise.all */\nbrowser.pause(1)])"),
  kind('an unknown role', "await useDevice(['nobody'].join()) /*! an unknown role */"),
  kind(
    'parallel',
    "await parallel({ alice: async () => {}, bob: async () => {\nthrow new Error('bob') /*! parallel */\n} })",
  ),
  kind('a string in parallel', "await parallel({ bob: async () => {\nthrow 'bob' /*! a string in parallel */\n} })"),
  kind('until', "await until('nothing', { timeout: 20 }) /*! until */"),
  kind('a barrier', "await barrier('b', { of: ['alice', 'bob'], timeout: 20 }) /*! a barrier */"),
  kind('a forgotten branch', "start('bob', async () => {}) /*! a forgotten branch */\nawait browser.pause(5)"),
  kind(
    'setTimeout',
    "setTimeout(() => {\nthrow new Error('later') /*! setTimeout */\n}, 1)\nawait new Promise(resolve => setTimeout(resolve, 200))",
  ),
  kind(
    'a string in setTimeout',
    "setTimeout(() => {\nthrow 'later' /*! a string in setTimeout */\n}, 1)\nawait new Promise(resolve => setTimeout(resolve, 200))",
  ),
  kind(
    'an event emitter',
    "const emitter = new EventEmitter()\nsetTimeout(() => emitter.emit('error', new Error('emitted')), 1) /*! an event emitter */\nawait new Promise(resolve => setTimeout(resolve, 200))",
  ),
  kind(
    'an unhandled rejection',
    "void (async () => {\nawait null\nthrow new Error('unhandled') /*! an unhandled rejection */\n})()\nawait new Promise(resolve => setTimeout(resolve, 200))",
  ),
  kind(
    'a timeout in a command',
    'this.timeout(100)\nawait browser.waitUntil(() => false, { timeout: 5000 }) /*! a timeout in a command */',
  ),
  kind(
    'a timeout in a wait',
    "this.timeout(150)\nawait $('#nothing').waitForExist({ timeout: 5000 }) /*! a timeout in a wait */",
  ),
  kind('a timeout in a pause', 'this.timeout(100)\nawait browser.pause(5000) /*! a timeout in a pause */'),
  "it('<a timeout>', function (done) { /*! a timeout */\nthis.timeout(20)\n})\n",
  "it('<done with an error>', done => {\nreadFile('nothing', error => done(error)) /*! done with an error */\n})\n",
  "it('<done with a string>', done => {\nsetTimeout(() => done('x'), 1) /*! done with a string */\n})\n",
  "it('<done twice>', done => {\ndone()\ndone() /*! done twice */\n})\n",
  ...['before', 'beforeEach', 'afterEach', 'after'].map(
    hook =>
      `describe('<${hook}>', () => {\n${hook}(async () => {\nthrow '${hook}' /*! ${hook} */\n})\nit('x', () => {})\n})\n`,
  ),
  "describe('<a timeout of a hook>', () => {\nbefore(function (done) { this.timeout(20) }) /*! a timeout of a hook */\nit('x', () => {})\n})\n",
].join('')

/** Modules that fail while they load. */
export const loadFailures: Record<string, string> = {
  'suite-body.ts': "describe('x', () => {\nthrow new Error('in a suite') /*! a suite */\n})\n",
  'top-level.ts': "type Unused = 1\nawait null\nthrow 'text' /*! the top level */\n",
  'late.ts':
    "import { $ } from '@wdio/globals'\nexport const title = $('#title') /*! a command */\nit('x', () => {})\n",
}

/** Modules that end only because they are stopped, or stop themselves. */
export const endless: Record<string, string> = {
  'pauses.ts':
    "import { browser } from '@wdio/globals'\nit('x', async () => {\nawait browser.pause(60_000) /*! a pause */\n})\n",
  'waits.ts': `import { browser } from '@wdio/globals'
const wait = async (): Promise<void> => {
  await browser.waitUntil(() => false, { timeout: 60_000 }) /*! a wait in a function */
}
describe('a', () => { before(() => wait()); it('x', () => {}) })
`,
  'spins.ts': "type Unused = 1\nit('x', () => { /*! a loop */\nfor (;;);\n})\n",
  'exits.ts': "type Unused = 1\nit('x', () => { /*! an exit */\nprocess.exit(3)\n})\n",
}
