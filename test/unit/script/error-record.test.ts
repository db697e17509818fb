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
