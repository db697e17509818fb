import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { summarizeModules, resultOf } from '../../../src/report/run-record.js'
import { everyVerdict, recordOfEvents, startedAt, Story } from './events.js'

describe('the record of a run', () => {
  const verdictsOf = (story: Story): Record<string, string> =>
    Object.fromEntries(story.record().modules.map(({ id, verdict }) => [id, verdict]))

  it('knows how each module ended, in the order of the listing', () => {
    assert.deepEqual(verdictsOf(everyVerdict()), {
      pass: 'passed',
      fail: 'failed',
      flaky: 'flaky',
      skip: 'skipped',
      lost: 'lost',
      waits: 'not-run',
      load: 'failed',
      hook: 'failed',
      hangs: 'failed',
      crash: 'interrupted',
    })
  })

  it('adds up', () => {
    const { totals, startedAt: start, exitCode } = everyVerdict().record()
    assert.deepEqual(totals, {
      modules: { passed: 1, failed: 4, flaky: 1, skipped: 1, lost: 1, interrupted: 1, 'not-run': 1 },
      tests: { passed: 6, failed: 2, pending: 2 },
    })
    assert.equal(start, startedAt)
    assert.equal(exitCode, undefined)
  })

  it('has the reason why a module has no result', () => {
    const story = new Story().start('begun', 'waits')
    story.attempt('begun')
    const reasons = story.record().modules.map(module => module.reasons)
    assert.deepEqual(reasons, [['no result was recorded: the run ended'], ['the run ended before this module started']])
    story.add({ type: 'run:end', exitCode: 130, durationMs: 5, interrupted: 'SIGINT' })
    const { modules, exitCode, interrupted, durationMs } = story.record()
    assert.deepEqual(modules[1]?.reasons, ['the run was stopped by SIGINT before this module started'])
    assert.deepEqual({ exitCode, interrupted, durationMs }, { exitCode: 130, interrupted: 'SIGINT', durationMs: 5 })
  })

  it('uses the attempt whose lease was recorded as the result, not the last one', () => {
    const story = new Story().start('m')
    const first = story.attempt('m', 1)
    story.attempt('m', 2).test('opens', { state: 'failed' }).end('failed')
    first.test('opens').end('passed')
    story.end('m', 'passed', { lease: 'm-1' })
    const [module] = story.record().modules
    assert.deepEqual(module?.counts, { passed: 1, failed: 0, pending: 0 })
    assert.equal(module && resultOf(module)?.attempt, 1)
    assert.equal(module?.attempts.length, 2)
  })

  it('counts the first end of a module that ends twice', () => {
    const story = new Story()
      .start('m')
      .end('m', 'passed')
      .end('m', 'not-run', { reasons: ['cancelled'] })
    assert.equal(story.record().modules[0]?.verdict, 'passed')
  })

  it('replaces the end of a module if it is corrected', () => {
    const story = new Story().start('m').end('m', 'passed').end('m', 'lost', { corrected: true })
    assert.equal(story.record().modules[0]?.verdict, 'lost')
  })

  it('counts tests itself until the attempt reports how many there were', () => {
    const story = new Story().start('m')
    const attempt = story.attempt('m').test('a', { state: 'failed', willRetry: true }).test('a', { retry: 1 }).test('b')
    const hook = { kind: 'hook', state: 'passed' } as const
    attempt
      .test('hook', hook)
      .test('hook', { ...hook, state: 'failed' })
      .begin('c')
    const [module] = story.record().modules
    assert.deepEqual(module?.counts, { passed: 2, failed: 1, pending: 0 })
    assert.deepEqual(module?.attempts[0]?.running, ['chat', 'c'])
    assert.equal(module?.attempts[0]?.durationMs, 1_100)
  })

  it('keeps the end of long output, and how much is missing', () => {
    const story = new Story().start('m')
    const attempt = story.attempt('m')
    for (let line = 0; line < 1_003; line++) attempt.log(`line ${line}`)
    const [kept] = story.record().modules[0]?.attempts ?? []
    assert.deepEqual([kept?.logs.length, kept?.logs[0]?.text, kept?.logsLeftOut], [1_000, 'line 3', 3])
  })

  it('keeps only the last characters of the output after a module has ended', () => {
    const keptOf = (verdict: 'passed' | 'failed'): [number, number, number] => {
      const story = new Story().start('m')
      const attempt = story.attempt('m').log('left out')
      for (let line = 0; line < 30; line++) attempt.log('x'.repeat(3_000))
      attempt.end(verdict)
      story.end('m', verdict, { lease: 'm-1' })
      const [{ logs, logsLeftOut } = { logs: [], logsLeftOut: 0 }] = story.record().modules[0]?.attempts ?? []
      return [logs.length, logs.reduce((sum, { text }) => sum + text.length, 0), logsLeftOut]
    }
    assert.deepEqual(keptOf('passed'), [1, 2_001, 30])
    assert.deepEqual(keptOf('failed'), [14, 40_001, 17])
  })

  it('summarizes how each module ended, and on which device if it had one', () => {
    const outcomes = summarizeModules(everyVerdict().record())
    const of = (id: string): unknown => outcomes.find(({ file }) => file === `test/${id}.ts`)
    assert.deepEqual(of('pass'), { file: 'test/pass.ts', device: 'alice', verdict: 'passed', durationMs: 1_234 })
    assert.deepEqual(of('flaky'), { file: 'test/flaky.ts', device: 'alice', verdict: 'flaky', durationMs: 1_234 })
    assert.deepEqual(of('waits'), { file: 'test/waits.ts', verdict: 'not-run', durationMs: 0 })
  })

  it('includes modules that are not in the listing', () => {
    const story = new Story()
    story.attempt('m').test('a').end('passed')
    assert.deepEqual(
      story.record().modules.map(({ file, verdict }) => ({ file, verdict })),
      [{ file: 'm', verdict: 'interrupted' }],
    )
  })

  it('never throws and never invents a success, for any missing events and any order', () => {
    const { events } = everyVerdict()
    const passing = new Set(['pass', 'flaky'])
    fc.assert(
      fc.property(fc.shuffledSubarray(events), some => {
        const record = recordOfEvents(some)
        const sum = Object.values(record.totals.modules).reduce((a, b) => a + b, 0)
        assert.equal(sum, record.modules.length)
        for (const { id, verdict } of record.modules) {
          if (verdict === 'passed' || verdict === 'flaky') assert(passing.has(id), id)
        }
      }),
    )
  })
})
