import assert from 'node:assert/strict'
import { parseWorkerMessage } from '../../../src/script/worker-message-schema.js'
import { TestFarm, type Result } from './farm.js'

const named = (name: string): string => `const e = new Error('m'); e.name = ${name}; throw e`

/** Each level has the next one twice: 2^30 paths. */
const graph = 'let g = {}; for (let level = 0; level < 30; level++) g = { left: g, right: g };'
/** Code of a test → the error that reports show for it. */
const thrown: [string, { name: string; message: string | RegExp }][] = [
  [named('404'), { name: '404', message: 'm' }],
  [named('() => 1'), { name: 'Error', message: 'm' }],
  [named('{ a: 1 }'), { name: 'Error', message: 'm' }],
  [named('10n'), { name: 'Error', message: 'm' }],
  // Node itself throws when it formats the stack of this one.
  ["const e = new Error('m'); e.name = e; throw e", { name: 'Error', message: 'm' }],
  ...['name', 'stack', 'cause', 'actual', 'errors'].map((key): [string, { name: string; message: string }] => [
    `throw Object.defineProperty(new Error('m'), '${key}', { get() { throw 1 }, configurable: true })`,
    { name: 'Error', message: 'm' },
  ]),
  ["throw Object.setPrototypeOf(new TypeError('m'), null)", { name: 'Error', message: 'm' }],
  ["throw { message: 'only a message' }", { name: 'Error', message: 'only a message' }],
  ["const e = new Error('m'); e.message = { statusCode: 404 }; throw e", { name: 'Error', message: /statusCode: 404/ }],
  ["const e = new Error('m'); e.message = 10n; throw e", { name: 'Error', message: '10n' }],
  ["throw new Error('x'.repeat(5_000_000))", { name: 'Error', message: /^x{100000}… \(4900000 more characters\)$/ }],
  ["throw new Proxy({}, { get() { throw new Error('trap') } })", { name: 'Error', message: /./ }],
  [`${graph} throw Object.assign(new Error('m'), { actual: g, expected: g })`, { name: 'Error', message: 'm' }],
  [`${graph} throw g`, { name: 'Error', message: /^\{\n +"left": [^]*was thrown, which is not an Error$/ }],
  [`${graph} const e = new Error('m'); e.message = g; throw e`, { name: 'Error', message: /"left"/ }],
  ["throw Object.assign(new Error('m'), { actual: 10n, expected: Symbol('s') })", { name: 'Error', message: 'm' }],
]

describe('a module that throws, names or sends anything', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start({ size: 1 })
  })
  after(() => farm.close())

  it('gets a readable error for each failure', async () => {
    const tests = thrown.map(([code], index) => `it('${index}', () => { ${code} })`)
    const errors = errorsOf(await farm.run(tests.join('\n')))
    assert.equal(errors.length, thrown.length)
    for (const [index, [, { name, message }]] of thrown.entries()) {
      assert.equal(errors[index]?.name, name)
      if (typeof message === 'string') assert.equal(errors[index].message, message)
      else assert.match(errors[index].message, message)
    }
  })

  it('keeps the stack of an error whose message is not a text', async () => {
    const result = await farm.run("it('a', () => { const e = new Error('m'); e.message = {}; throw e })")
    assert.match(errorsOf(result)[0]?.stack ?? '', /test\/modules\/m\d+\.ts:\d+/)
  })

  it('fails each test that throws an object of other tests where nobody catches it', async () => {
    const rejects = (value: string): string => `it('a', async () => {
      void Promise.reject(${value})
      await new Promise(resolve => setTimeout(resolve, 20))
    })`
    const shared = await farm.run(`const error = new Error('m')\n${rejects('error')}\n${rejects('error')}`)
    assert.equal(shared.report.counts.failed, 2)
    for (const time of ['first', 'second'])
      assert.equal((await farm.run(rejects('process'))).report.verdict, 'failed', `the ${time} module`)
  })

  it('may leave a listener that throws', async () => {
    const code = `it('a', () => { browser.on('command', () => { throw new Error('left') }) })`
    assert.equal((await farm.run(code)).report.verdict, 'passed')
  })

  it('may set the clock', async () => {
    const started = Date.now()
    const fakes = ['Date.now = () => NaN', 'globalThis.Date = class extends Date { static now() { return -5 } }']
    const { events } = await farm.run(fakes.map(fake => `it('a', () => { ${fake}; throw new Error('a') })`).join('\n'))
    const failed = events.filter(event => event.type === 'test:end' && event.error !== undefined)
    assert.equal(failed.length, fakes.length)
    for (const { at } of failed) assert.ok(at >= started && at <= Date.now())
  })

  it('may set a title to a number', async () => {
    const { events } = await farm.run("it('a', () => {}).title = 7")
    assert.deepEqual(
      events.flatMap(event => (event.type === 'test:end' ? event.title : [])),
      ['7'],
    )
  })

  it('gets the error of mocha for a title that is not a text', async () => {
    const { report } = await farm.run("it('a', () => {}).title = Object.create(null)")
    assert.match(report.error?.message ?? '', /Cannot convert object to primitive value/)
  })

  for (const [what, code] of [
    ['a timer', `setTimeout(() => { throw new Error('late') }, 150)`],
    ['a timer in a timer', `setTimeout(() => setTimeout(() => { throw new Error('late') }, 60), 60)`],
    ['a file operation', `process.getBuiltinModule('node:fs').readFile('/', () => { throw new Error('late') })`],
    [
      'a child process',
      `process.getBuiltinModule('node:child_process').exec('sleep 0.1', () => { throw new Error('late') })`,
    ],
    ['a promise', `setTimeout(() => Promise.reject(new Error('late')), 100)`],
  ] as const) {
    it(`fails if ${what} throws after its last test`, async () => {
      const { report, events } = await farm.run(`it('leaves it', () => { ${code} })`)
      assert.equal(report.verdict, 'failed')
      assert.match(JSON.stringify([report, events]), /late/)
    })
  }
})

describe('what a host accepts from a worker', () => {
  const report = { verdict: 'passed', started: true, counts: { passed: 1, failed: 0, pending: 0 } }

  it('is every message of a worker', () => {
    for (const message of [
      { type: 'done', report },
      { type: 'event', event: { type: 'module:loaded', tests: 1, at: 1 } },
    ])
      assert.deepEqual(parseWorkerMessage(JSON.stringify(message)), message)
  })

  it('has no half characters', () => {
    const half = { type: 'failing', title: ['\uD83D', 'a\uDE00', '😀'] }
    assert.deepEqual(parseWorkerMessage(JSON.stringify(half)), { ...half, title: ['\uFFFD', 'a\uFFFD', '😀'] })
  })

  for (const message of [
    null,
    'done',
    { type: 'constructor' },
    { type: 'event' },
    { type: 'event', event: { type: 'attempt:end', at: 1 } },
    { type: 'event', event: { type: 'signal', at: 1 } },
    { type: 'running', title: 'a', role: 'b' },
    { type: 'done', report: { ...report, verdict: 'flaky' } },
    { type: 'done', report: { ...report, counts: { passed: '1' } } },
    { type: 'done', report: { ...report, error: { name: 404, message: 'm' } } },
  ]) {
    it(`is not ${JSON.stringify(message)}`, () => assert.equal(parseWorkerMessage(JSON.stringify(message)), undefined))
  }
})

function errorsOf({ events }: Result): { name: string; message: string; stack?: string }[] {
  return events.flatMap(event => (event.type === 'test:end' && event.error ? [event.error] : []))
}
