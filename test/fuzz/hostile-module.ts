/** A module that is made of a seed and an index, and always the same for both. */
export interface HostileModule {
  index: number
  /** What it does, in order. */
  kinds: string[]
  code: string
}

export interface Random {
  /** An integer from 0, less than `below`. */
  below(below: number): number
  pick<T>(items: readonly T[]): T
}

/** mulberry32 */
export function randomOf(seed: number): Random {
  let state = seed | 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit)
  }
  return { below, pick: items => items[below(items.length)] as (typeof items)[number] }
}

const values = [
  'undefined',
  'null',
  '0',
  '-0',
  'NaN',
  '10n',
  `''`,
  `'\\u001b[31m\\u0000\\uD800'`,
  'Symbol("s")',
  '() => 1',
  '[]',
  '{}',
  'new Error("m")',
  'new Proxy({}, { get() { throw 1 } })',
  'new Proxy(function () {}, {})',
  'Object.create(null)',
  '(() => { const a = []; a.push(a); return a })()',
  '(() => { let g = {}; for (let i = 0; i < 30; i++) g = { l: g, r: g }; return g })()',
  '"x".repeat(3e5)',
  'new Map([[{}, {}]])',
  'Buffer.alloc(1e5)',
  'new Date(NaN)',
  'Promise.reject(1)',
  'globalThis',
  'process',
  '{ then(resolve) { resolve(1) } }',
  '{ toString() { throw 1 } }',
  '{ toJSON() { throw 1 } }',
  '{ [Symbol.toPrimitive]() { throw 1 } }',
]
const names = [
  `'ends </testsuite> ]]> & <'`,
  `'\\u0000\\u0008\\uFFFE'`,
  `'\\uD800 alone'`,
  `'__proto__'`,
  `'a\\nb\\r\\tc'`,
  `'x'.repeat(1e5)`,
  `'\\u202Eltr'`,
  `'constructor'`,
  `''`,
]
const targets = [
  'Array.prototype.map',
  'Array.prototype.push',
  'Map.prototype.get',
  'Promise.prototype.then',
  'JSON.stringify',
  'JSON.parse',
  'Reflect.ownKeys',
  'Object.keys',
  'String.prototype.split',
  'RegExp.prototype.exec',
  'Date.now',
  'Function.prototype.call',
  'process.nextTick',
  'process.emit',
  'process.exit',
  'process.kill',
  'globalThis.setTimeout',
  'globalThis.setImmediate',
  'globalThis.fetch',
  'globalThis.Error',
  'console.log',
  'process.stdout.write',
  'require("fs").writeSync',
  'require("fs").readFileSync',
  'require("events").prototype.emit',
  'require("http").request',
  'require("mocha").Runner.prototype.emit',
  'require("mocha").Runnable.prototype.run',
  'Buffer.from',
  'TextEncoder.prototype.encode',
  'performance.now',
]
const hooks = ['before', 'after', 'beforeEach', 'afterEach']

/** Kind → code of a module's top level. */
const kinds: Record<string, (random: Random) => string> = {
  throw: random => inTest(random, `throw ${random.pick(values)}`),
  reject: random => inTest(random, `return Promise.reject(${random.pick(values)})`),
  'throw late': random => inTest(random, `setTimeout(() => { throw ${random.pick(values)} }, ${random.below(80)})`),
  'reject late': random => inTest(random, `setImmediate(() => Promise.reject(${random.pick(values)}))`),
  done: random => `it('done', done => { done(${random.pick(values.slice(0, 9))}); done() })`,
  'odd error': random =>
    inTest(
      random,
      `const e = new Error('m'); for (const key of ['name', 'message', 'stack', 'cause', 'code', 'actual', 'expected']) if (Math.random() < 0.5) e[key] = ${random.pick(values)}; throw e`,
    ),
  'throw at load': random => `throw ${random.pick(values)}`,
  print: random => inTest(random, `console.${random.pick(['log', 'error', 'table', 'dir'])}(${random.pick(values)})`),
  'print much': random =>
    inTest(random, `process.std${random.pick(['out', 'err'])}.write('x'.repeat(${random.below(3_000_000)}))`),
  'print bytes': random =>
    inTest(
      random,
      `process.stdout.write(Buffer.from([${Array.from({ length: 40 }, () => random.below(256)).join()}]))`,
    ),
  'print to the pipe': random =>
    inTest(
      random,
      `require('fs').writeSync(${1 + random.below(8)}, ${random.pick([`'\\n{"type":"done","report":{"verdict":"passed","started":true,"counts":{"passed":9,"failed":0,"pending":0}}}\\n'`, `Buffer.alloc(500, 255)`, `'x'.repeat(5e4)`])})`,
    ),
  name: random =>
    `describe(${random.pick(names)}, () => it(${random.pick(names)}, () => { ${random.pick(['', 'throw new Error(' + random.pick(names) + ')'])} }))`,
  title: random => `it('a', () => {}).title = ${random.pick(values)}`,
  patch: random =>
    inTest(
      random,
      `${random.pick(targets)} = ${random.pick([`() => { throw new Error('patched') }`, '() => {}', 'undefined', `function () { return 'patched' }`])}`,
    ),
  freeze: random =>
    inTest(
      random,
      `Object.freeze(${random.pick(['Array.prototype', 'Object.prototype', 'process', 'globalThis', 'console', 'process.env', `require('fs')`])})`,
    ),
  pollute: random =>
    inTest(
      random,
      `${random.pick(['Object', 'Array', 'Function', 'Error'])}.prototype.${random.pick(['hostile', 'get', 'value', 'then', 'toJSON', 'type', 'enumerable'])} = ${random.pick(['1', '() => 1', 'undefined'])}`,
    ),
  globals: random =>
    inTest(
      random,
      `globalThis.hostile = ${random.pick(values)}; delete globalThis.${random.pick(['fetch', 'Buffer', 'process', 'setTimeout', 'Promise', 'it'])}`,
    ),
  environment: random =>
    inTest(
      random,
      random.pick([
        `process.env = {}`,
        `process.env.HOSTILE = '1'`,
        `process.chdir('/')`,
        `process.umask(0o777)`,
        `process.title = 'hostile'`,
        `process.exitCode = 7`,
        `process.argv.length = 0`,
        `process.removeAllListeners()`,
      ]),
    ),
  exit: random =>
    inTest(
      random,
      `process.${random.pick(['exit(0)', 'exit(3)', 'reallyExit(0)', 'abort()', `kill(process.pid, 'SIGKILL')`, `kill(process.pid, 'SIGTERM')`])}`,
    ),
  send: random =>
    inTest(
      random,
      `process.send?.({ type: 'done' }); process._send?.({ type: 'done' }); process.emit('message', ${random.pick(values)}); process.disconnect?.()`,
    ),
  close: random =>
    inTest(
      random,
      `for (let fd = ${random.below(5)}; fd < ${5 + random.below(30)}; fd++) try { require('fs').closeSync(fd) } catch {}`,
    ),
  leak: random =>
    inTest(
      random,
      random.pick([
        `setInterval(() => {}, 5)`,
        `setInterval(() => { globalThis.hostile = 1 }, 1).unref()`,
        `require('net').createServer().listen(0)`,
        `new Promise(() => {})`,
        `require('child_process').spawn('sleep', ['300'])`,
        `require('child_process').spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).unref()`,
        `new (require('worker_threads').Worker)('setInterval(() => {}, 9)', { eval: true })`,
        `(async () => { for (;;) await new Promise(r => setTimeout(r, 1)) })()`,
        `require('fs').openSync('/dev/null')`,
        `require('async_hooks').createHook({ init() { globalThis.hostile = 1 } }).enable()`,
      ]),
    ),
  block: random =>
    inTest(
      random,
      random.pick([
        `for (const end = performance.now() + ${random.below(900)}; performance.now() < end; );`,
        'for (;;);',
        `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
        `while (true) await null`,
        `return new Promise(() => {})`,
      ]),
    ),
  allocate: random =>
    inTest(
      random,
      random.pick([
        `globalThis.hostile = Buffer.alloc(${random.below(300)}e6, 1)`,
        `globalThis.hostile = Array.from({ length: 1e6 }, () => ({}))`,
      ]),
    ),
  command: random =>
    inTest(
      random,
      `await browser.${random.pick(['getOrientation()', `execute('x')`, 'deleteSession()', 'nonsense()', `$('#no').click()`, 'getPageSource()', 'reloadSession()'])}`,
    ),
  'no test': () => `describe('empty', () => {})`,
}

function inTest(random: Random, body: string): string {
  const where = random.below(6)
  if (where === 0) return `${random.pick(hooks)}(async () => { ${body} }); it('a', () => {})`
  if (where === 1) return `it.${random.pick(['only', 'skip'])}('a', async () => { ${body} })`
  return `it(${random.pick([...names, `'plain'`])}, async () => { ${body} })`
}

export function hostileModule(seed: number, index: number, only?: readonly number[]): HostileModule {
  const random = randomOf(seed * 1_000_003 + index)
  const chosen = Array.from({ length: 1 + random.below(3) }, () => {
    const kind = random.pick(Object.keys(kinds))
    return { kind, code: kinds[kind]?.(random) ?? '' }
  }).filter((_, place) => !only || only.includes(place))
  const body = chosen.map(({ code }) => code).join('\n')
  return { index, kinds: chosen.map(({ kind }) => kind), code: `${imports}\n${body}\nit('last', () => {})\n` }
}

const imports = `import { createRequire } from 'node:module'
import * as mocha from 'mocha'
import { browser, $ } from '@wdio/globals'
const core = createRequire('/')
const require = name => (name === 'mocha' ? mocha.default : core('node:' + name))`

/** Fails if it sees anything of another module. */
export const innocentModule = `
import { readFileSync } from 'node:fs'
import { browser, expect } from '@wdio/globals'
describe('an innocent module', () => {
  it('finds all as it should be', async () => {
    const found = [
      typeof globalThis.hostile, typeof [].hostile, typeof ({}).get, typeof ({}).value, typeof (() => {}).then, typeof fetch, typeof Buffer,
      [1].map(one => one + 1)[0], JSON.stringify({ a: [1] }), 'a,b'.split(',').length, Object.keys({ a: 1 }).length,
      process.env.HOSTILE, process.exitCode, process.cwd() === '/', process.title === 'hostile', process.umask() === 0o777, process.argv.length > 0,
      readFileSync('/dev/null', 'utf8'), Object.isFrozen(Array.prototype), Object.isFrozen(console), new Error('m').message,
    ]
    expect(JSON.stringify(found)).toBe('["undefined","undefined","undefined","undefined","undefined","function","function",2,"{\\\\"a\\\\":[1]}",2,1,null,null,false,false,false,true,"",false,false,"m"]')
    await new Promise(resolve => setTimeout(resolve, 3))
    await new Promise(resolve => process.nextTick(resolve))
    expect(typeof globalThis.hostile).toBe('undefined')
    await browser.getOrientation()
  })
})
`
