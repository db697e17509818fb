import assert from 'node:assert/strict'
import { PageTraffic } from '../../../../src/script/explore/page-traffic.js'

describe('what a page has sent and received', () => {
  const sent = (requestId: string, type: string, more: object = {}): [string, Record<string, unknown>] => {
    return ['Network.requestWillBeSent', { requestId, type, request: { url: 'http://127.0.0.1:4/a' }, ...more }]
  }

  it('is what its proxy counts: requests of scripts, and responses when they are complete', () => {
    const page = new PageTraffic()
    for (const type of ['Document', 'Script', 'Stylesheet', 'Image']) assert.ok(!page.see(...sent(type, type)))
    assert.ok(page.see(...sent('1', 'Fetch')))
    assert.ok(!page.see(...sent('2', 'XHR', { request: { url: 'https://example.org/' } })))
    page.see('Network.responseReceived', { requestId: '1', response: {} })
    assert.deepEqual(page.counts, { requests: 1, responses: 0, sockets: 0, up: 0, down: 0 })
    assert.ok(page.see('Network.loadingFinished', { requestId: '1' }))
    assert.ok(!page.see('Network.loadingFinished', { requestId: 'Script' }))
    assert.equal(page.counts.responses, 1)
  })

  it('is a request and a response for each redirect, and none for what a cache answers', () => {
    const page = new PageTraffic()
    page.see(...sent('1', 'Fetch'))
    page.see(...sent('1', 'Fetch', { redirectResponse: {} }))
    page.see('Network.loadingFailed', { requestId: '1' })
    page.see(...sent('2', 'XHR'))
    page.see('Network.requestServedFromCache', { requestId: '2' })
    page.see(...sent('3', 'XHR'))
    page.see('Network.loadingFailed', { requestId: '3', blockedReason: 'csp' })
    assert.deepEqual(page.counts, { requests: 2, responses: 2, sockets: 0, up: 0, down: 0 })
  })

  it('is each message of a WebSocket and each event, but no pings', () => {
    const page = new PageTraffic()
    page.see('Network.webSocketCreated', { requestId: '1', url: 'ws://127.0.0.1:4/chat' })
    page.see('Network.webSocketCreated', { requestId: '2', url: 'wss://example.org/' })
    for (const requestId of ['1', '2']) {
      for (const opcode of [1, 2, 9]) page.see('Network.webSocketFrameReceived', { requestId, response: { opcode } })
      page.see('Network.webSocketFrameSent', { requestId, response: { opcode: 1 } })
    }
    page.see('Network.eventSourceMessageReceived', { requestId: '3' })
    assert.deepEqual(page.counts, { requests: 0, responses: 0, sockets: 1, up: 1, down: 3 })
  })
})
