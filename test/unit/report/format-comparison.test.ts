import assert from 'node:assert/strict'
import { formatComparison } from '../../../src/report/format-comparison.js'
import { createPaint } from '../../../src/report/paint.js'

describe('formatComparison', () => {
  const compare = (expected: string | undefined, actual: string | undefined, message = 'differs'): string[] => {
    const sides = { ...(expected !== undefined && { expected }), ...(actual !== undefined && { actual }) }
    return formatComparison({ name: 'Error', message, ...sides }, createPaint(false))
  }

  it('shows short values as they are', () => {
    assert.deepEqual(compare('1', '2'), ['expected: 1', 'received: 2'])
  })

  it('shows long values line by line, and equal lines only near a change', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`)
    const changed = lines.with(10, 'other')
    assert.deepEqual(compare(lines.join('\n'), changed.join('\n')), [
      '- expected + received',
      '',
      '  …',
      '  line 7',
      '  line 8',
      '  line 9',
      '- line 10',
      '+ other',
      '  line 11',
      '  line 12',
      '  line 13',
      '  …',
    ])
  })

  it('repeats nothing that is in the message', () => {
    assert.deepEqual(compare('1', '2', 'Expected values to be strictly equal:\n\n2 !== 1\n'), [])
    assert.deepEqual(compare('"two"', '"one"', "Expected values to be strictly equal:\n\n'one' !== 'two'\n"), [])
    assert.deepEqual(compare('{\n}', '{\n a\n}', 'Expected …:\n+ actual - expected\n'), [])
  })

  it('shows an empty side that no message has named', () => {
    assert.deepEqual(compare('hi', '', 'expected hi'), ['expected: hi', 'received: (empty)'])
  })

  it('shows nothing if there is nothing to compare', () => {
    assert.deepEqual(compare('1', undefined), [])
    assert.deepEqual(compare(undefined, undefined), [])
  })

  it('stops comparing texts that take too long', () => {
    const [first] = compare('a\n'.repeat(60_000), 'b\n'.repeat(60_000))
    assert.match(first ?? '', /^expected: a\n/)
    // Below the limit of characters, but with lines that all differ.
    const letters = (from: number, step: number): string =>
      Array.from({ length: 24_000 }, (_, index) => String.fromCharCode(from + ((index * step) % 26))).join('\n')
    const [other] = compare(letters(97, 7), letters(65, 11))
    assert.match(other ?? '', /^expected: a\n/)
  })
})
