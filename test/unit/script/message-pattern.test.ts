import assert from 'node:assert/strict'
import fc from 'fast-check'
import { RateLimiter } from '../../../src/host/network/rate-limiter.js'
import { parsePattern } from '../../../src/script/network/message-pattern.js'
import { matchesMessage, type NetworkMessage } from '../../../src/script/network/network-message.js'

const message = (more: Partial<NetworkMessage>): NetworkMessage => ({
  kind: 'request',
  url: 'http://a/',
  path: '/',
  state: 'passed',
  at: 0,
  ...more,
})

describe('patterns for messages', () => {
  for (const [pattern, match] of Object.entries({
    'POST /like': { kind: 'request', method: 'POST', path: '/like' },
    '/api/*': { kind: 'request', path: '/api/*' },
    GET: { kind: 'request', method: 'GET' },
    'response POST /like': { kind: 'response', method: 'POST', path: '/like' },
    received: { kind: 'received' },
    'received /chat like': { kind: 'received', path: '/chat', type: 'like' },
    'sent *': { kind: 'sent', type: '*' },
    'event price': { kind: 'event', type: 'price' },
    'open /chat': { kind: 'open', path: '/chat' },
    connect: { kind: 'connect' },
  })) {
    it(`reads '${pattern}'`, () => assert.deepEqual(parsePattern(pattern), { match }))
  }

  for (const pattern of [
    '',
    ' ',
    'post /like',
    'POST like',
    'POST /a /b',
    'open chat',
    'sent a b',
    7,
    null,
    { path: 1 },
  ]) {
    it(`refuses ${JSON.stringify(pattern)}`, () => assert.ok('problem' in parsePattern(pattern)))
  }

  it('let * stand for any characters, as a regular expression would', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '/'),
      maxLength: 8,
    })
    const pattern = fc.string({
      unit: fc.constantFrom('a', 'b', '*'),
      maxLength: 6,
    })
    fc.assert(
      fc.property(pattern, text, (path, value) => {
        const expected = new RegExp(`^${path.replaceAll('*', '.*')}$`).test(value)
        assert.equal(matchesMessage({ path }, message({ path: value })), expected)
      }),
    )
  })

  it('select by every field that is given', () => {
    const like = message({
      kind: 'sent',
      type: 'like',
      text: '{"type":"like","id":7}',
    })
    assert.ok(matchesMessage({}, like))
    assert.ok(matchesMessage({ kind: 'sent', type: 'li*', text: '"id":7' }, like))
    assert.ok(!matchesMessage({ kind: 'sent', text: '"id":8' }, like))
    assert.ok(!matchesMessage({ type: '*' }, message({})), 'a message without a type has none that matches')
  })
})

describe('the speed of a device', () => {
  it('passes bytes one after the other, at the rate that is set', () => {
    let now = 1_000
    const limiter = new RateLimiter(() => now)
    assert.equal(limiter.take(1_000_000), 0)
    limiter.limit(80)
    assert.equal(limiter.take(1_000), 100)
    assert.equal(limiter.take(1_000), 200)
    now += 150
    assert.equal(limiter.take(500), 100)
    now += 1_000
    assert.equal(limiter.take(10), 1)
    limiter.limit(undefined)
    assert.equal(limiter.take(1_000_000), 0)
  })
})
