import assert from 'node:assert/strict'
import { callExpressionAt } from '../../../src/module/call-expression.js'
import { codeFrame } from '../../../src/module/code-frame.js'

describe('codeFrame', () => {
  it('marks a place in the lines around it', () => {
    const source = Array.from({ length: 12 }, (_, index) => `  line(${index + 1})`).join('\n')
    assert.equal(
      codeFrame(source, 10, 3),
      [
        '   8 |   line(8)',
        '   9 |   line(9)',
        '> 10 |   line(10)',
        '     |   ^',
        '  11 |   line(11)',
        '  12 |   line(12)',
      ].join('\n'),
    )
  })

  it('keeps tabs before the mark, cuts long lines, and ignores lines that do not exist', () => {
    assert.equal(codeFrame('\tx()', 1, 2), '> 1 | \tx()\n    | \t^')
    assert.ok((codeFrame('x'.repeat(10_000), 1, 9_000) ?? '').length < 200)
    assert.equal(codeFrame('x', 2, 1), undefined)
  })
})

describe('callExpressionAt', () => {
  it('returns the call as written, even in TypeScript', () => {
    const source = "const a = 1\n  assert.ok(value as unknown as boolean /* ) */ && f(')', `${')'}`))\n"
    const call = "assert.ok(value as unknown as boolean /* ) */ && f(')', `${')'}`))"
    assert.equal(callExpressionAt(source, 2, 3), call)
    assert.equal(callExpressionAt(source, 2, 10), call)
  })

  it('indents further lines as Node does', () => {
    assert.equal(callExpressionAt('    assert(\n      a,\n    )', 1, 5), 'assert(\n    a,\n  )')
  })

  it('returns nothing if there is no call', () => {
    assert.equal(callExpressionAt('x = 1', 1, 1), undefined)
    assert.equal(callExpressionAt('x(', 1, 1), undefined)
    assert.equal(callExpressionAt('x()', 7, 1), undefined)
  })
})
