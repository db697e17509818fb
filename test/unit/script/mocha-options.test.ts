import assert from 'node:assert/strict'
import type { MochaOptions } from '../../../src/script/worker-messages.js'
import { runSuite, type Interface } from './module-in-process.js'

type Case = [title: string, more: MochaOptions['more'], define: (names: Interface) => void, counts: number[]]

let tries = 0

/** Options of mocha with passed, failed and pending tests, as mocha's command line counts them. */
const cases: Case[] = [
  ['retries', { retries: 2 }, ({ it }) => it('flaky', () => assert.equal(++tries, 3)), [1, 0, 0]],
  ['fgrep', { fgrep: 'a.b' }, ({ it }) => ['a.b', 'axb'].forEach(title => it(title, () => {})), [1, 0, 0]],
  [
    'invert',
    { fgrep: 'a', invert: true },
    ({ it }) => ['a', 'b', 'c'].forEach(title => it(title, () => {})),
    [2, 0, 0],
  ],
  ['forbidPending', { forbidPending: true }, ({ it }) => (it('later'), it('now', () => {})), [1, 1, 0]],
  ['asyncOnly', { asyncOnly: true }, ({ it }) => (it('sync', () => {}), it('async', async () => {})), [1, 1, 0]],
  [
    'checkLeaks',
    { checkLeaks: true },
    ({ it }) => it('leaks', () => void Reflect.set(globalThis, 'leaked', 1)),
    [0, 1, 0],
  ],
  [
    'checkLeaks and global',
    { checkLeaks: true, global: ['leaked'] },
    ({ it }) => it('leaks', () => void Reflect.set(globalThis, 'leaked', 1)),
    [1, 0, 0],
  ],
  [
    'allowUncaught, at the first failure',
    { allowUncaught: true },
    ({ it }) => {
      it('passes', () => {})
      it('throws', () => {
        throw new Error('boom')
      })
      it('never runs', () => {})
    },
    [1, 1, 0],
  ],
  [
    'the interface tdd',
    { ui: 'tdd' },
    ({ describe, suite, test, setup }) => {
      suite('tdd', () => {
        setup(() => {})
        test('in it', () => {})
        test.skip('skipped', () => {})
      })
      describe('bdd', () => test('in it too', () => {}))
    },
    [2, 0, 1],
  ],
  [
    'the interface qunit',
    { ui: 'qunit' },
    ({ suite, test }) => {
      ;(suite as unknown as (title: string) => void)('flat')
      test('in it', () => {})
    },
    [1, 0, 0],
  ],
]

describe('mochaOpts of a WebdriverIO configuration', () => {
  afterEach(() => Reflect.deleteProperty(globalThis, 'leaked'))

  for (const [title, more, define, [passed, failed, pending]] of cases) {
    it(`include ${title}`, async () => {
      const { counts } = await runSuite(['alice'], define, { ...(more && { more }) })
      assert.deepEqual(counts, { passed, failed, pending })
    })
  }
})
