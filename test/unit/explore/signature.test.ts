import assert from 'node:assert/strict'
import { failureSignature, withoutValues } from '../../../src/explore/signature.js'

describe('withoutValues', () => {
  const alike: [one: string, other: string][] = [
    ['Expected: "2 likes"\nReceived: "1 like"', 'Expected: "3 likes"\nReceived: "1 like"'],
    ["expected '€ 10', found '€ 20'", "expected '€ 12', found '€ 7.50'"],
    ['5 !== 6', '-5 !== 60'],
    ['waited 3000ms for alice', 'waited 5000ms for alice'],
    ['no order 3f2b8c1e-0d4a-4b7e-9a51-2c6d8e7f9a01', 'no order 11111111-0d4a-4b7e-9a51-2c6d8e7f9a01'],
    ['at 2026-11-30T12:23:46.123Z', 'at 2025-01-01T00:00:00Z'],
    ['GET http://127.0.0.1:41234/like?id=1 failed', 'GET http://127.0.0.1:51111/like?id=2 failed'],
    ['element a1b2c3d4e5f6a7b8 is stale', 'element 99b2c3d4e5f6a7b8 is stale'],
    ['\u001B[31mlost\u001B[39m', 'lost'],
    ['lot 7 is  gone', 'lot 12 is\ngone'],
  ]
  for (const [one, other] of alike) {
    it(`takes ${JSON.stringify(one)} and ${JSON.stringify(other)} for the same`, () => {
      assert.equal(withoutValues(one), withoutValues(other))
    })
  }

  it('keeps words apart, also those with an apostrophe', () => {
    assert.equal(withoutValues("alice can't see bob's bid of 'ten'"), "alice can't see bob's bid of …")
    assert.notEqual(withoutValues('alice lost a message'), withoutValues('bob lost a message'))
    assert.notEqual(withoutValues('expected element to be displayed'), withoutValues('expected element to have text'))
  })
})

describe('failureSignature', () => {
  const facts = { message: 'expected 2, found 1', test: ['chat', 'counts'], place: { file: 'chat.ts', line: 9 } }

  it('is the same for other values, and differs by message, test and place', () => {
    assert.equal(failureSignature(facts), failureSignature({ ...facts, message: 'expected 7, found 3' }))
    const others = [
      { ...facts, message: 'timeout' },
      { ...facts, test: ['chat', 'reads'] },
      { ...facts, test: ['chat › counts'] },
      { ...facts, place: { file: 'chat.ts', line: 10 } },
      { message: facts.message, test: facts.test },
    ]
    assert.equal(new Set([facts, ...others].map(failureSignature)).size, others.length + 1)
  })
})
