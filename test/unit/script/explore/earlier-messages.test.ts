import assert from 'node:assert/strict'
import { EarlierMessages } from '../../../../src/script/explore/earlier-messages.js'

describe('the messages before a test', () => {
  it('are those of other tests and of hooks, each kind by itself', () => {
    const earlier = new EarlierMessages()
    assert.deepEqual(earlier.counts, {})
    earlier.startTest(new Map([['alice>GET /', 2]]))
    assert.deepEqual(earlier.counts, { 'alice>GET /': [2, 2] })
    earlier.startBody(
      new Map([
        ['alice>GET /', 3],
        ['bob>GET /', 1],
      ]),
    )
    assert.deepEqual(earlier.counts, { 'alice>GET /': [2, 3], 'bob>GET /': [0, 1] })
    earlier.startTest(new Map([['alice>GET /', 4]]))
    assert.deepEqual(earlier.counts, { 'alice>GET /': [4, 4] })
  })
})
