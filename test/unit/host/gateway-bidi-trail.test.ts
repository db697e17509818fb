import assert from 'node:assert/strict'
import { BidiTrail, endsOwnedSession } from '../../../src/host/gateway/gateway-bidi-trail.js'

describe('the trail of a BiDi connection', () => {
  const answered = (trail: BidiTrail, id: number, method: string, result: Record<string, unknown>, params = {}) => {
    trail.fromClient({ id, method, params })
    trail.fromUpstream({ id, result })
  }

  it('undoes what was left, and nothing that was taken back', () => {
    const trail = new BidiTrail()
    answered(trail, 1, 'network.addIntercept', { intercept: 'i1' })
    answered(trail, 2, 'network.addIntercept', { intercept: 'i2' })
    answered(trail, 3, 'script.addPreloadScript', { script: 's1' })
    answered(trail, 4, 'session.subscribe', { subscription: 'u1' })
    answered(trail, 5, 'browsingContext.getTree', { contexts: [] })
    answered(trail, 6, 'network.removeIntercept', {}, { intercept: 'i1' })
    assert.deepEqual(trail.undo(), [
      { method: 'network.removeIntercept', params: { intercept: 'i2' } },
      { method: 'script.removePreloadScript', params: { script: 's1' } },
      { method: 'session.unsubscribe', params: { subscriptions: ['u1'] } },
    ])
  })

  it('waits for answers, and leaves out commands that failed', () => {
    const trail = new BidiTrail()
    assert.equal(trail.waiting, false)
    trail.fromClient({ id: 1, method: 'network.addIntercept', params: {} })
    assert.equal(trail.waiting, true)
    trail.fromUpstream({ id: 1 })
    assert.equal(trail.waiting, false)
    assert.deepEqual(trail.undo(), [])
  })

  it('lets requests go on that an intercept holds', () => {
    const trail = new BidiTrail()
    const held = (method: string, request: string) =>
      trail.fromUpstream({ method, params: { isBlocked: true, request: { request } } })
    held('network.beforeRequestSent', 'r1')
    held('network.responseStarted', 'r2')
    held('network.beforeRequestSent', 'r3')
    trail.fromUpstream({
      method: 'network.beforeRequestSent',
      params: { isBlocked: false, request: { request: 'r4' } },
    })
    trail.fromClient({ id: 9, method: 'network.provideResponse', params: { request: 'r3' } })
    assert.deepEqual(trail.takeHeld(), [
      { method: 'network.continueRequest', params: { request: 'r1' } },
      { method: 'network.continueResponse', params: { request: 'r2' } },
    ])
    assert.deepEqual(trail.takeHeld(), [])
  })

  it('knows the commands that would end what the host owns', () => {
    assert.ok(endsOwnedSession({ id: 1, method: 'session.end' }))
    assert.ok(endsOwnedSession({ id: 1, method: 'browser.close' }))
    assert.ok(!endsOwnedSession({ id: 1, method: 'session.status' }))
  })
})
