import assert from 'node:assert/strict'
import { formatDuration, plainLine, plainText, plainTitle } from '../../../src/report/plain-text.js'

describe('text from tests', () => {
  it('loses escape sequences and shows other unprintable characters', () => {
    assert.equal(
      plainText('a\u001B[31mb\u001B[0m!\u0007\r\nc\rd\te\u202Ef\u2028g'),
      'ab!\\x07\nc\\x0dd\te\\u202ef\\u2028g',
    )
  })

  it('fits on one line if it must', () => {
    assert.equal(plainLine('a\n  b\tc'), 'a ⏎ b c')
    assert.equal(plainTitle(['chat', 'line\nbreak']), 'chat › line ⏎ break')
  })

  it('keeps any other writing', () => {
    assert.equal(plainText('日本語 ñ 👩‍👩‍👧 עברית'), '日本語 ñ 👩‍👩‍👧 עברית')
  })
})

describe('formatDuration', () => {
  const cases: [ms: number, text: string][] = [
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min'],
    [61_400, '1 min 1 s'],
    [3_600_000, '60 min'],
  ]
  for (const [ms, text] of cases) it(`of ${ms} is ${text}`, () => assert.equal(formatDuration(ms), text))
})
