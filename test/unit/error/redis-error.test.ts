import assert from 'node:assert/strict'
import { BatonError, redisError } from '../../../src/error/baton-error.js'

describe('an error of Redis', () => {
  it('is explained once, however often it is passed on', () => {
    const refused = new Error("OOM command not allowed when used memory > 'maxmemory'.")
    const explained = redisError(refused)
    assert.ok(explained instanceof BatonError)
    assert.equal(explained.message.match(/Redis is out of memory/g)?.length, 1)
    assert.equal(redisError(explained), explained)
  })
})
