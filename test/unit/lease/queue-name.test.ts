import assert from 'node:assert/strict'
import { queueNameFor } from '../../../src/lease/queue-name.js'

describe('queue names', () => {
  it('are the same for equal needs in any order, and differ with the run, a role, a selector, the stage or the app', () => {
    const name = queueNameFor('r1', { a: 'ios', b: 'android' })
    assert.equal(queueNameFor('r1', { b: 'android', a: 'ios' }), name)
    const others = [
      queueNameFor('r2', { a: 'ios', b: 'android' }),
      queueNameFor('r1', { a: 'android', b: 'ios' }),
      queueNameFor('r1', { a: 'ios', c: 'android' }),
      queueNameFor('r1', { a: 'ios' }),
      queueNameFor('r1', { a: 'ios', b: 'android' }, { stage: 's' }),
      queueNameFor('r1', { a: 'ios', b: 'android' }, { app: 's' }),
    ]
    assert.equal(new Set([name, ...others]).size, 7)
    assert.doesNotMatch(name, /:/)
  })
})
