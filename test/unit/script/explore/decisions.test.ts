import assert from 'node:assert/strict'
import { checkpoint, choose } from '../../../../src/script/index.js'
import { endOf, runTests } from '../branch-suite.js'
import { contextOf, runAsTest } from '../module-in-process.js'

describe('choose and checkpoint, in a module that is not explored', () => {
  it('choose the first value, and wait for nothing', async () => {
    const values = await runAsTest(contextOf(['alice']), async () => {
      await checkpoint('cart filled')
      return [choose(3), choose(1)]
    })
    assert.deepEqual(values, [0, 0])
  })

  it('refuse what is not a number of values, or not a name', async () => {
    const suite = await runTests(({ it }) => {
      it('none', () => void choose(0))
      it('part', () => void choose(1.5))
      it('text', () => void choose('3' as never))
      it('list', () => void choose(['a', 'b'] as never))
      it('nameless', () => checkpoint(' '))
    })
    const messageOf = (title: string): string => endOf(suite, title).error?.message ?? ''
    assert.match(messageOf('none'), /choose\(\): expected a whole number from 1 to 1000, found 0/)
    assert.match(messageOf('part'), /found 1\.5/)
    assert.match(messageOf('text'), /found string/)
    assert.match(messageOf('list'), /found object/)
    assert.match(messageOf('nameless'), /checkpoint\(\): expected a name, found none/)
  })
})
