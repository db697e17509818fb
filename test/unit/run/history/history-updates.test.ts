import assert from 'node:assert/strict'
import { historyUpdates, type ModuleRunSummary } from '../../../../src/run/history/history-updates.js'

const outcome = (
  file: string,
  verdict: ModuleRunSummary['verdict'],
  durationMs = 100,
  device?: string,
): ModuleRunSummary => ({
  file,
  verdict,
  durationMs,
  ...(device !== undefined && { device }),
})

const all = (['passed', 'flaky', 'failed', 'skipped', 'lost', 'not-run', 'interrupted'] as const).map(verdict =>
  outcome(verdict, verdict),
)

/** file → failed, result */
const summarize = (outcomes: ModuleRunSummary[], partial = false): Record<string, unknown> =>
  Object.fromEntries(
    historyUpdates(outcomes, () => partial).map(({ file, failed, result }) => [file, [failed, result?.[1]]]),
  )

describe('the update of the history by a run', () => {
  it('has the results of modules, and nothing for those without a result', () => {
    assert.deepEqual(summarize(all), {
      passed: [false, 'passed'],
      flaky: [false, 'flaky'],
      failed: [true, 'failed'],
      skipped: [false, undefined],
      lost: [true, undefined],
    })
  })

  it('has only failures if not all tests of a module ran', () => {
    assert.deepEqual(summarize(all, true), { failed: [true, undefined], lost: [true, undefined] })
  })

  it('has the worst result of a module that ran on several devices, and one for each device', () => {
    const [change] = historyUpdates(
      [
        outcome('a.ts', 'passed', 100, 'alice'),
        outcome('a.ts', 'failed', 300, 'bob'),
        outcome('a.ts', 'not-run', 0, 'carol'),
      ],
      () => false,
    )
    assert.deepEqual(change, {
      file: 'a.ts',
      failed: true,
      result: [300, 'failed'],
      devices: new Map([
        ['alice', { failed: false, result: [100, 'passed'] }],
        ['bob', { failed: true, result: [300, 'failed'] }],
      ]),
    })
  })

  it('has the median duration if the module passed on all devices', () => {
    const [change] = historyUpdates(
      [10, 20, 60].map((ms, i) => outcome('a.ts', 'passed', ms, `d${i}`)),
      () => false,
    )
    assert.deepEqual(change?.result, [20, 'passed'])
  })
})
