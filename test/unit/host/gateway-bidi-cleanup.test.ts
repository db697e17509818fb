import assert from 'node:assert/strict'
import { BidiCleanup, endsOwnedSession } from '../../../src/host/gateway/gateway-bidi-cleanup.js'

describe('the clean-up of a BiDi connection', () => {
  const answered = (cleanup: BidiCleanup, id: number, method: string, result: Record<string, unknown>, params = {}) => {
    cleanup.trackCommand({ id, method, params })
    cleanup.trackSessionMessage({ id, result })
  }

  it('removes what the client left, and nothing that it removed itself', () => {
    const cleanup = new BidiCleanup()
    answered(cleanup, 1, 'network.addIntercept', { intercept: 'i1' })
    answered(cleanup, 2, 'network.addIntercept', { intercept: 'i2' })
    answered(cleanup, 3, 'script.addPreloadScript', { script: 's1' })
    answered(cleanup, 4, 'session.subscribe', { subscription: 'u1' })
    answered(cleanup, 5, 'browsingContext.getTree', { contexts: [] })
    answered(cleanup, 6, 'network.removeIntercept', {}, { intercept: 'i1' })
    assert.deepEqual(cleanup.removalCommands(), [
      { method: 'network.removeIntercept', params: { intercept: 'i2' } },
      { method: 'script.removePreloadScript', params: { script: 's1' } },
      { method: 'session.unsubscribe', params: { subscriptions: ['u1'] } },
    ])
  })

  it('waits for responses, and ignores commands that failed', () => {
    const cleanup = new BidiCleanup()
    assert.equal(cleanup.hasPendingCommands, false)
    cleanup.trackCommand({ id: 1, method: 'network.addIntercept', params: {} })
    assert.equal(cleanup.hasPendingCommands, true)
    cleanup.trackSessionMessage({ id: 1 })
    assert.equal(cleanup.hasPendingCommands, false)
    assert.deepEqual(cleanup.removalCommands(), [])
  })

  it('continues requests that an intercept blocks', () => {
    const cleanup = new BidiCleanup()
    const held = (method: string, request: string) =>
      cleanup.trackSessionMessage({ method, params: { isBlocked: true, request: { request } } })
    held('network.beforeRequestSent', 'r1')
    held('network.responseStarted', 'r2')
    held('network.beforeRequestSent', 'r3')
    cleanup.trackSessionMessage({
      method: 'network.beforeRequestSent',
      params: { isBlocked: false, request: { request: 'r4' } },
    })
    cleanup.trackCommand({ id: 9, method: 'network.provideResponse', params: { request: 'r3' } })
    assert.deepEqual(cleanup.takeBlockedRequests(), [
      { method: 'network.continueRequest', params: { request: 'r1' } },
      { method: 'network.continueResponse', params: { request: 'r2' } },
    ])
    assert.deepEqual(cleanup.takeBlockedRequests(), [])
  })

  it('ends overrides of all windows, in the same scope; those of one window end with it', () => {
    const cleanup = new BidiCleanup()
    const sent = (method: string, params: Record<string, unknown>) => cleanup.trackCommand({ id: 1, method, params })
    assert.ok(sent('emulation.setLocaleOverride', { locale: 'ja', userContexts: ['default'] }))
    assert.ok(sent('emulation.setLocaleOverride', { locale: 'ko', userContexts: ['default'] }))
    assert.ok(sent('emulation.setTimezoneOverride', { timezone: 'UTC', contexts: ['1'] }))
    assert.ok(sent('network.setExtraHeaders', { headers: [{}] }))
    assert.ok(!sent('browser.setClientWindowState', { state: 'minimized' }))
    assert.deepEqual(cleanup.overrideCommands(), [
      { method: 'emulation.setLocaleOverride', params: { locale: null, userContexts: ['default'] } },
      { method: 'network.setExtraHeaders', params: { headers: [] } },
    ])
  })

  it('does not accept an inherited property as a method', () => {
    const cleanup = new BidiCleanup()
    answered(cleanup, 1, 'constructor', { name: 'x', undefined: 'x' })
    cleanup.trackSessionMessage({ method: 'constructor', params: { isBlocked: true, request: { request: 'r1' } } })
    assert.deepEqual([...cleanup.takeBlockedRequests(), ...cleanup.removalCommands()], [])
  })

  it('knows the commands that would end what belongs to the host', () => {
    assert.ok(endsOwnedSession({ id: 1, method: 'session.end' }))
    assert.ok(endsOwnedSession({ id: 1, method: 'browser.close' }))
    assert.ok(!endsOwnedSession({ id: 1, method: 'session.status' }))
  })
})
