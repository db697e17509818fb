import assert from 'node:assert/strict'
import { BatonError } from '../../../src/error/baton-error.js'
import { toErrorRecord } from '../../../src/script/to-error-record.js'

describe('errorRecord', () => {
  it('reports an error that throws when it is read', () => {
    const thrown = new Proxy(new Error('x'), {
      get() {
        throw new Error('unreadable')
      },
    })
    assert.match(toErrorRecord(thrown).message, /can't be read/)
  })

  it('keeps both sides of a comparison as text', () => {
    let thrown: unknown
    try {
      assert.deepEqual({ a: 1 }, { a: 2 })
    } catch (error) {
      thrown = error
    }
    const record = toErrorRecord(thrown)
    assert.equal(record.name, 'AssertionError')
    assert.match(record.actual ?? '', /"a": 1/)
    assert.match(record.expected ?? '', /"a": 2/)
  })

  it('maps the stack, without frames of Node and mocha', () => {
    const error = new Error('x')
    error.stack = [
      'Error: x',
      '    at own (/m.baton.js:1:2)',
      '    at run (/x/node_modules/mocha/lib/runnable.js:1:1)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    ].join('\n')
    const record = toErrorRecord(error, {
      mapStack: stack => stack.replace('/m.baton.js:1:2', 'test/m.ts:7:8'),
      sourceText: () => undefined,
      thrown: { find: () => undefined },
    })
    assert.equal(record.stack, '    at own (test/m.ts:7:8)')
  })

  it('keeps the code, hint, device and place of a BatonError', () => {
    const error = new BatonError('BATON_NO_TEST', 'why', { hint: 'do', device: 'd', place: { file: 'a.ts', line: 3 } })
    const { stack, ...record } = toErrorRecord(error)
    assert.ok(stack)
    assert.deepEqual(record, {
      name: 'ScriptError',
      message: 'a.ts:3: why',
      code: 'BATON_NO_TEST',
      hint: 'do',
      device: 'd',
      place: 'a.ts:3',
    })
  })

  it('follows causes, even circular ones', () => {
    const error: Error & { cause?: unknown } = new Error('outer', { cause: new TypeError('inner') })
    assert.match(toErrorRecord(error).stack ?? '', /Caused by: TypeError: inner/)
    error.cause = error
    assert.ok(toErrorRecord(error).stack)
  })

  it('accepts any thrown value', () => {
    for (const thrown of [undefined, null, 'text', 7, { a: 1 }, Object.create(null)]) {
      assert.match(toErrorRecord(thrown).message, /was thrown, which is not an Error/)
    }
  })

  it('removes colours', () => {
    assert.equal(toErrorRecord(new Error('\u001B[31mred\u001B[39m')).message, 'red')
  })
})

describe('a value that is compared or thrown', () => {
  /** Each level has the next one twice: 2^30 paths. */
  const shared = (): object => {
    let graph: object = { end: 1 }
    for (let level = 0; level < 30; level++) graph = { left: graph, right: graph }
    return graph
  }
  const circle: Record<string, unknown> = { a: 1 }
  circle['self'] = circle
  const growing = (): object => ({
    get left() {
      return growing()
    },
    get right() {
      return growing()
    },
  })
  let list: object = {}
  for (let length = 0; length < 10_000; length++) list = { next: list }

  for (const [what, value] of Object.entries({
    'a graph with shared objects': shared(),
    'an array of shared objects': [shared(), shared()],
    'a wide object': Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [`key${key}`, key])),
    'a long array': Array.from({ length: 1_000_000 }, () => ({})),
    'an endless object': growing(),
    'a long list': list,
    'a long text': ['x'.repeat(50_000_000)],
    'a large buffer': Buffer.alloc(50_000_000),
    'an object that throws when it is read': new Proxy({}, { ownKeys: () => assert.fail('trap') }),
  })) {
    it(`is written in part if it is ${what}`, function () {
      const start = performance.now()
      const { actual, expected } = toErrorRecord(Object.assign(new Error('m'), { actual: value, expected: 1 }))
      assert.equal(expected, '1')
      assert.ok(actual && actual.length < 210_000, `${actual?.length} characters`)
      const { message } = toErrorRecord({ name: value, message: value })
      assert.ok(message.length < 210_000)
      assert.ok(toErrorRecord([value]).message.length < 210_000)
      assert.ok(performance.now() - start < 30_000)
    })
  }

  it('shows what fits', () => {
    const { actual } = toErrorRecord(Object.assign(new Error('m'), { actual: shared(), expected: 1 }))
    assert.match(actual ?? '', /^\{\n {2}"left": \{/)
    assert.match(actual ?? '', /… \(1 more\)/)
  })

  it('is written as mocha writes it if it is a circle', () => {
    const { actual } = toErrorRecord(Object.assign(new Error('m'), { actual: circle, expected: 1 }))
    assert.equal(actual, '{\n  "a": 1\n  "self": [Circular]\n}')
  })
})
