import { languageKinds } from './language-kinds.js'
import { lateKinds } from './late-kinds.js'
import { atLoad, either, fails, late, mayHide, passes, type Part } from './part.js'
import { rejected, names, values, type Random } from './hostile-values.js'

/** Functions that have nothing to do with how mocha counts results. */
const targets = [
  'JSON.stringify',
  'JSON.parse',
  'process.exit',
  'process.kill',
  'globalThis.fetch',
  'console.log',
  'process.stdout.write',
  'require("fs").writeSync',
  'require("fs").readFileSync',
  'require("http").request',
  'Buffer.from',
  'TextEncoder.prototype.encode',
]
/** Functions that mocha uses. */
const neededByMocha = [
  'Array.prototype.map',
  'Array.prototype.push',
  'Map.prototype.get',
  'Promise.prototype.then',
  'Reflect.ownKeys',
  'Object.keys',
  'String.prototype.split',
  'RegExp.prototype.exec',
  'Date.now',
  'Function.prototype.call',
  'process.nextTick',
  'process.emit',
  'globalThis.setTimeout',
  'globalThis.setImmediate',
  'globalThis.Error',
  'performance.now',
  'require("events").prototype.emit',
  'require("mocha").Runner.prototype.emit',
  'require("mocha").Runnable.prototype.run',
]
/** All that are patched: what a module after that must find as it was. */
export const patchedTargets: readonly string[] = [...targets, ...neededByMocha]

const replacements = [
  `() => { throw new Error('hostile') }`,
  `() => 'hostile'`,
  `'hostile'`,
  `function () { return 'hostile' }`,
]
const patch = (random: Random, target: string): string => `${target} = ${random.pick(replacements)}`

/** Makes whatever passes through some functions say that all has passed. */
const forgery = `
  const forge = value => {
    if (typeof value === 'string') return value.replaceAll('"failed"', '"passed"').replace(/"failed":\\d+/g, '"failed":0')
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
    try {
      if (value.verdict) value.verdict = 'passed'
      if (value.state) value.state = 'passed'
      if (value.report) forge(value.report)
      if (value.counts) value.counts = { passed: 9, failed: 0, pending: 0 }
    } catch {}
    return value
  }
  for (const [owner, key] of [[JSON, 'stringify'], [JSON, 'parse'], [Object, 'assign'], [require('fs'), 'writeSync'], [require('fs'), 'write'],
    [Buffer, 'from'], [TextEncoder.prototype, 'encode'], [process.stdout, 'write'], [require('net').Socket.prototype, 'write']]) {
    const hostile = owner[key]
    owner[key] = function (...args) { return forge(Reflect.apply(hostile, this, args.map(forge))) }
  }`
const forgedReports = [
  `'\\n{"type":"done","report":{"verdict":"passed","started":true,"counts":{"passed":9,"failed":0,"pending":0}}}\\n'`,
  `Buffer.alloc(500, 255)`,
  `'x'.repeat(5e4)`,
]

/** A promise that is rejected fails the test in which it is made, whatever is done with it. */
function withValue(value: string, part: Part): Part {
  return value === rejected && part.ending !== 'fails' ? late({ ...part, ending: 'fails' }) : part
}

function oddError(random: Random): string {
  const properties = ['name', 'message', 'stack', 'cause', 'code', 'actual', 'expected'].filter(
    () => random.below(2) === 0,
  )
  return `const e = new Error('m'); ${properties.map(key => `e.${key} = ${random.pick(values)}; `).join('')}throw e`
}

/** What a module may do, by a name for it. */
export const kinds: Readonly<Record<string, (random: Random) => Part>> = {
  throw: random => fails(`throw ${random.pick(values)}`),
  reject: random => fails(`return Promise.reject(${random.pick(values)})`),
  'throw late': random => late(fails(`setTimeout(() => { throw ${random.pick(values)} }, ${random.below(80)})`)),
  'reject late': random => late(fails(`setImmediate(() => Promise.reject(${random.pick(values)}))`)),
  done: random => atLoad(fails(`it('done', done => { done(${random.pick(values.slice(0, 9))}); done() })`)),
  'odd error': random => fails(oddError(random)),
  'throw at load': random => atLoad(fails(`throw ${random.pick(values)}`)),
  print: random => {
    const value = random.pick(values)
    return withValue(value, either(`console.${random.pick(['log', 'error', 'table', 'dir'])}(${value})`))
  },
  'print much': random =>
    passes(`process.std${random.pick(['out', 'err'])}.write('x'.repeat(${random.below(3_000_000)}))`),
  'print bytes': random =>
    passes(`process.stdout.write(Buffer.from([${Array.from({ length: 40 }, () => random.below(256)).join()}]))`),
  'print to the pipe': random =>
    either(`require('fs').writeSync(${1 + random.below(8)}, ${random.pick(forgedReports)})`),
  forge: () => passes(forgery),
  name: random => {
    const [body, end] = random.pick([
      ['', passes],
      [`throw new Error(${random.pick(names)})`, fails],
    ] as const)
    return atLoad(end(`describe(${random.pick(names)}, () => it(${random.pick(names)}, () => { ${body} }))`))
  },
  title: random => {
    const value = random.pick(values)
    // Not all of them can be turned into a text, and mocha reads them also if another test has `only`.
    return withValue(value, atLoad(either(`{ it('a', () => {}).title = ${value} }`)))
  },
  patch: random => either(patch(random, random.pick(targets))),
  'patch mocha': random => mayHide(patch(random, random.pick(neededByMocha))),
  freeze: random =>
    mayHide(
      `Object.freeze(${random.pick(['Array.prototype', 'Object.prototype', 'process', 'globalThis', 'console', 'process.env', `require('fs')`])})`,
    ),
  pollute: random =>
    mayHide(
      `${random.pick(['Object', 'Array', 'Function', 'Error'])}.prototype.${random.pick(['hostile', 'get', 'value', 'then', 'toJSON', 'type', 'enumerable'])} = ${random.pick(['1', '() => 1', 'undefined'])}`,
    ),
  globals: random =>
    mayHide(
      `globalThis.hostile = ${random.pick(values)}; delete globalThis.${random.pick(['fetch', 'Buffer', 'process', 'setTimeout', 'Promise', 'it'])}`,
    ),
  environment: random =>
    passes(
      random.pick([
        `process.env.HOSTILE = '1'`,
        `process.chdir('/')`,
        `process.umask(0o777)`,
        `process.title = 'hostile'`,
        `process.exitCode = 7`,
        `process.argv.length = 0`,
      ]),
    ),
  process: random =>
    mayHide(random.pick([`process.env = {}`, `process.removeAllListeners()`, `process.emit('exit', 0)`])),
  exit: random => ({
    code: `process.${random.pick(['exit(0)', 'exit(3)', 'reallyExit(0)', 'abort()'])}`,
    ending: 'fails',
  }),
  kill: random => ({ code: `process.kill(process.pid, '${random.pick(['SIGKILL', 'SIGTERM'])}')`, ending: 'dies' }),
  send: random => {
    const value = random.pick(values)
    const code = `process.send?.({ type: 'done' }); process._send?.({ type: 'done' }); process.emit('message', ${value}); process.disconnect?.()`
    return withValue(value, passes(code))
  },
  close: random =>
    either(
      `for (let fd = ${random.below(5)}; fd < ${5 + random.below(30)}; fd++) try { require('fs').closeSync(fd) } catch {}`,
    ),
  leak: random =>
    passes(
      random.pick([
        `setInterval(() => {}, 5)`,
        `setInterval(() => { globalThis.hostile = 1 }, 1).unref()`,
        `require('net').createServer().listen(0)`,
        `require('net').createServer().listen(0).unref()`,
        `require('dgram').createSocket('udp4').bind(0).unref()`,
        `require('fs').watch('/tmp', () => { globalThis.hostile = 1 }).unref()`,
        `new Promise(() => {})`,
        `require('child_process').spawn('sleep', ['300'])`,
        `require('child_process').spawn('sleep', ['300']).unref()`,
        `require('child_process').spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).unref()`,
        `new (require('worker_threads').Worker)('setInterval(() => {}, 9)', { eval: true })`,
        `void (async () => { for (;;) await new Promise(r => setTimeout(r, 1)) })()`,
        `require('fs').openSync('/dev/null')`,
        `require('async_hooks').createHook({ init() { globalThis.hostile = 1 } }).enable()`,
      ]),
    ),
  busy: random => either(`for (const end = performance.now() + ${random.below(900)}; performance.now() < end; );`),
  block: random =>
    fails(
      random.pick([
        'for (;;);',
        `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
        `while (true) await null`,
        `return new Promise(() => {})`,
      ]),
    ),
  allocate: random =>
    either(
      random.pick([
        `globalThis.hostile = Buffer.alloc(${random.below(300)}e6, 1)`,
        `globalThis.hostile = Array.from({ length: 1e6 }, () => ({}))`,
      ]),
    ),
  command: random =>
    either(
      `await browser.${random.pick(['getOrientation()', `execute('x')`, 'deleteSession()', 'nonsense()', `$('#no').click()`, 'getPageSource()', 'reloadSession()'])}`,
    ),
  files: random =>
    passes(
      // In a hook, it runs more than once.
      `if (!globalThis.made) { globalThis.made = 1; ${random.pick([
        `require('fs').rmSync(process.cwd(), { recursive: true, force: true })`,
        `require('fs').symlinkSync('.', 'loop')`,
        `require('fs').symlinkSync('/etc', 'etc')`,
        `require('fs').mkdirSync('closed', { mode: 0 })`,
        `require('fs').writeFileSync('\\n\\u001b[31m', 'x')`,
        `require('fs').writeFileSync('x'.repeat(200), Buffer.alloc(3e6))`,
        `for (let i = 0; i < 300; i++) require('fs').writeFileSync('f' + i, '')`,
        `require('child_process').execFileSync('mkfifo', ['pipe'])`,
        `for (let i = 0, at = '.'; i < 60; i++) require('fs').mkdirSync(at += '/deep')`,
      ])} }`,
    ),
  commands: random =>
    passes(
      random.pick([
        `browser.overwriteCommand('getOrientation', () => { throw new Error('hostile') })`,
        `browser.addCommand('hostile', () => 1)`,
        `browser.on('command', () => { throw new Error('hostile') }); browser.emit('dialog', {})`,
        `expect.extend({ toBe() { return { pass: true, message: () => '' } } })`,
      ]),
    ),
  suites: random =>
    atLoad(
      random.pick([
        fails(`describe('a', function () { this.retries(2); it('a', () => { throw new Error('again') }) })`),
        fails(`describe('a', () => { throw new Error('in a suite') })`),
        fails(`describe('a', () => { afterEach(() => { throw undefined }); it('a', () => {}) })`),
        passes(`describe('a', function () { this.timeout(0); it('a', function () { this.skip() }) })`),
        either(
          `it('a', function () { this.test.parent.addTest(new mocha.default.Test('b', () => { throw new Error('b') })) })`,
        ),
        fails(`describe('a', () => { for (let i = 0; i < 200; i++) it('a', () => { throw new Error('many') }) })`),
      ]),
    ),
  snapshots: random => {
    const value = random.pick(values)
    return withValue(value, either(`await expect(${value}).toMatchSnapshot(${random.pick(names)})`))
  },
  ...languageKinds,
  ...lateKinds,
  'no test': () => atLoad(passes(`describe('empty', () => {})`)),
}
