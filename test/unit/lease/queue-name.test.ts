import assert from 'node:assert/strict'
import { queueNameOf } from '../../../src/lease/queue-name.js'

describe('queue names', () => {
  it('are the same for equal needs in any order, and differ with the run, a role, a selector, the stage or the app', () => {
    const name = queueNameOf('r1', { a: 'ios', b: 'android' })
    assert.equal(queueNameOf('r1', { b: 'android', a: 'ios' }), name)
    const others = [
      queueNameOf('r2', { a: 'ios', b: 'android' }),
      queueNameOf('r1', { a: 'android', b: 'ios' }),
      queueNameOf('r1', { a: 'ios', c: 'android' }),
      queueNameOf('r1', { a: 'ios' }),
      queueNameOf('r1', { a: 'ios', b: 'android' }, { stage: 's' }),
      queueNameOf('r1', { a: 'ios', b: 'android' }, { app: 's' }),
    ]
    assert.equal(new Set([name, ...others]).size, 7)
    assert.doesNotMatch(name, /:/)
  })
})
