import assert from 'node:assert/strict'
import { sendableCloseCode } from '../../../src/host/gateway/gateway-close-code.js'
import { sessionFault } from '../../../src/host/gateway/gateway-fault.js'
import { bidiSessionOf, parseRoute } from '../../../src/host/gateway/gateway-route.js'

describe('routes of the gateway', () => {
  it('distinguishes commands, sessions and control', () => {
    assert.deepEqual(parseRoute('POST', '/session/ab-1/url'), { kind: 'command', sessionId: 'ab-1', path: '/url' })
    assert.deepEqual(parseRoute('GET', '/session/ab'), { kind: 'command', sessionId: 'ab', path: '' })
    assert.deepEqual(parseRoute('POST', '/session'), { kind: 'new-session' })
    assert.deepEqual(parseRoute('POST', '/session/'), { kind: 'new-session' })
    assert.deepEqual(parseRoute('PUT', '/session'), { kind: 'unknown' })
    assert.deepEqual(parseRoute('POST', '/baton/ready'), { kind: 'control', action: 'ready' })
    assert.deepEqual(parseRoute('GET', '/baton/ready'), { kind: 'unknown' })
    assert.deepEqual(parseRoute('GET', '/status'), { kind: 'status' })
    assert.deepEqual(parseRoute('GET', '/status/'), { kind: 'status' })
    assert.deepEqual(parseRoute('POST', '/status'), { kind: 'unknown' })
    assert.deepEqual(parseRoute('GET', '/SESSION/ab/url'), { kind: 'unknown' })
  })

  it('recognizes every way to end a session', () => {
    for (const url of ['/session/ab', '/session/ab/', '/session/ab//', '/session/ab?x=1', '/session/ab/?x']) {
      assert.deepEqual(parseRoute('DELETE', url), { kind: 'end-session', sessionId: 'ab' }, url)
      assert.deepEqual(parseRoute('POST', url), { kind: 'owned-session', sessionId: 'ab' }, url)
    }
  })

  it('reads the session of a BiDi upgrade', () => {
    assert.equal(bidiSessionOf('/bidi/ab'), 'ab')
    assert.equal(bidiSessionOf('/bidi'), undefined)
    assert.equal(bidiSessionOf('/bidi/ab/c'), undefined)
  })
})

describe('close codes', () => {
  it('keeps the codes that may be sent, and replaces others', () => {
    for (const code of [1000, 1001, 1011, 1014, 3000, 4001, 4999]) assert.equal(sendableCloseCode(code), code)
    assert.equal(sendableCloseCode(1005), 1000)
    for (const code of [0, 999, 1004, 1006, 1015, 2999, 5000]) assert.equal(sendableCloseCode(code), 1011)
  })
})

describe('faults in responses', () => {
  const answer = (error: string, message: string) => ({ value: { error, message, stacktrace: '' } })

  it('distinguishes a lost session from a failed command', () => {
    assert.match(sessionFault(answer('invalid session id', 'terminated')) ?? '', /invalid session id: terminated/)
    assert.ok(sessionFault(answer('unknown error', 'Could not proxy command to the remote server')))
    assert.ok(sessionFault(answer('unknown error', 'session deleted because of page crash')))
    // such words may be the script's own
    assert.equal(sessionFault(answer('javascript error', 'javascript error: page crash')), undefined)
    assert.equal(sessionFault(answer('no such element', 'no such element: {"selector":"#page crash"}')), undefined)
    assert.equal(sessionFault(answer('no such element', 'An element could not be located')), undefined)
    for (const odd of [undefined, null, 'text', {}, { value: null }, { value: { error: 7 } }]) {
      assert.equal(sessionFault(odd), undefined)
    }
  })
})
