import assert from 'node:assert/strict'
import {
  resultOf,
  writtenArguments,
  writtenError,
  writtenResult,
} from '../../../../src/script/trace/written-arguments.js'

describe('the arguments of a command in a trace', () => {
  it('are those that say something', () => {
    assert.deepEqual(writtenArguments('elementSendKeys', ['id', 'hi'], true), ['hi'])
    assert.deepEqual(writtenArguments('executeScript', ['return 1', [1, 'two', true]], false), ['1, two, true'])
    const navigate = [{ context: 'C', url: 'http://a/', wait: 'complete' }]
    assert.deepEqual(writtenArguments('browsingContext.navigate', navigate, false), ['url: http://a/, wait: complete'])
    assert.deepEqual(writtenArguments('performActions', [[{ id: 'a', actions: [] }]], false), ['id: a'])
  })

  it('hide what the script masks, and describe what is long, so that no half secret is left', () => {
    assert.deepEqual(writtenArguments('elementSendKeys', ['id', 'password', { mask: true }], true), ['***'])
    assert.deepEqual(writtenArguments('elementSendKeys', ['id', 'x'.repeat(2_001)], true), ['text of 2001 characters'])
    assert.equal(writtenResult('x'.repeat(5_000)), 'text of 5000 characters')
    assert.equal(writtenError(new Error(`short\n${'x'.repeat(5_000)}`)), 'short')
  })

  it('and results are read from BiDi messages, too', () => {
    const value = {
      type: 'success',
      id: 1,
      result: { realm: 'r', type: 'success', result: { type: 'string', value: 'hi' } },
    }
    assert.equal(writtenResult(resultOf(value)), 'hi')
    assert.equal(writtenResult(resultOf('hi')), 'hi')
    assert.equal(writtenResult(resultOf({ any: 'object' })), undefined)
  })
})
