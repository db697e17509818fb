import assert from 'node:assert/strict'
import { compareTests, formatComparison, messageKind, type ObservedTest } from '../../compare/observed-test.js'

const test = (title: string, state: ObservedTest['state'], message?: string): ObservedTest => ({
  file: 'a.ts',
  title,
  state,
  ...(message !== undefined && { message }),
})

describe('a comparison of two runners', () => {
  it('matches tests by file and title, equal titles by their order', () => {
    const compared = compareTests(
      [test('x', 'passed'), test('x', 'failed', 'Error: no'), test('gone', 'passed')],
      [test('x', 'passed'), test('x', 'failed', 'no'), test('new', 'passed')],
      messageKind,
    )
    assert.deepEqual(
      compared.map(({ title, agrees }) => [title, agrees]),
      [
        ['x', true],
        ['x', true],
        ['gone', false],
        ['new', false],
      ],
    )
  })

  it('ignores what a hook is called, but not which kind it is', () => {
    const compared = compareTests(
      [test('s "before each" hook: wrappedHook for "x"', 'failed', 'e')],
      [test('s "before each" hook for "x"', 'failed', 'e'), test('s "after each" hook', 'failed', 'e')],
      messageKind,
    )
    assert.deepEqual(
      compared.map(({ agrees }) => agrees),
      [true, false],
    )
  })

  const alike = [
    ['Timeout of 300ms exceeded. For async …', 'Timeout after 297ms in "x" (WDIO attempt 1/1)'],
    ['no such element: #a', 'WebDriverError: no such element: #b'],
    ['Error: ENOENT: /tmp/x/a.txt', 'ENOENT: /other/a.txt'],
    ['at 10 ms', 'at 20 ms'],
  ] as const
  for (const [one, other] of alike) {
    it(`takes '${one}' and '${other}' for the same kind of failure`, () => {
      assert.equal(messageKind(one), messageKind(other))
    })
  }

  it('takes a timeout and a missing element for different kinds', () => {
    assert.notEqual(messageKind('Timeout of 300ms exceeded'), messageKind('no such element'))
  })

  it('prints what differs and the share that agrees', () => {
    const compared = compareTests([test('a', 'passed'), test('b', 'passed')], [test('a', 'passed')], messageKind)
    const text = formatComparison(compared, { names: ['mocha', 'baton'], all: false })
    assert.equal(text, '≠ a.ts › b\n     mocha: passed\n     baton: not run\n1 of 2 tests agree (50.0 %)')
  })
})
