import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { errorMessage, hasErrorCode } from '../../../src/error/error-text.js'

describe('the text of an error', () => {
  it('is the message of any thrown value', () => {
    assert.deepEqual(['text', undefined, 7, new TypeError('no')].map(errorMessage), ['text', 'undefined', '7', 'no'])
  })

  it('lists the messages of an AggregateError without a message', () => {
    const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED')])
    assert.equal(errorMessage(refused), 'connect ECONNREFUSED ::1:1; connect ECONNREFUSED')
    assert.equal(errorMessage(new AggregateError([refused], 'several')), 'several')
  })

  it('has a code if the system or a library gave it one', () => {
    assert.throws(
      () => readFileSync('/no/such/file'),
      error => hasErrorCode(error, 'EACCES', 'ENOENT') && !hasErrorCode(error, 'EACCES') && !hasErrorCode(error),
    )
    for (const other of ['ENOENT', new Error('ENOENT'), undefined, { code: 'ENOENT' }])
      assert.ok(!hasErrorCode(other, 'ENOENT'))
  })
})
