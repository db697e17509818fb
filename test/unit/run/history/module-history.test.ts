import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  updateModuleHistory,
  estimateDurationMs,
  historyLimits,
  median,
  emptyModuleHistory,
  computePassRate,
  type ModuleHistoryUpdate,
  type HistoryResult,
} from '../../../../src/run/history/module-history.js'

const past = (...results: HistoryResult[]) => ({ failed: false, results })
const passes = (...durations: number[]): HistoryResult[] => durations.map(ms => [ms, 'passed'])

describe('the history of a module', () => {
  it('estimates the duration: the median of the last five passes', () => {
    assert.equal(estimateDurationMs(past(...passes(9_000, 9_000, 9_000, 100, 100, 100, 90_000, 110))), 100)
    assert.equal(estimateDurationMs(past(...passes(100, 300))), 200)
    assert.equal(estimateDurationMs(past([7, 'failed'], [100, 'passed'], [8, 'failed'], [300, 'flaky'])), 200)
  })

  it('estimates from failures if it never passed, and not at all if it never ran', () => {
    assert.equal(estimateDurationMs(past([7, 'failed'], [9, 'failed'])), 8)
    assert.equal(estimateDurationMs(past()), undefined)
  })

  it('ignores two outliers', () => {
    const usual = fc.integer({ min: 1_000, max: 1_100 })
    fc.assert(
      fc.property(fc.array(usual, { minLength: 3, maxLength: 8 }), fc.nat(), fc.nat(), (durations, a, b) => {
        const estimate = estimateDurationMs(past(...passes(...durations, a, b))) ?? 0
        assert.ok(estimate >= 1_000 && estimate <= 1_100, String(estimate))
      }),
    )
  })

  it('counts how often it passed', () => {
    const runs: HistoryResult[] = [
      [1, 'passed'],
      [1, 'flaky'],
      [1, 'failed'],
    ]
    assert.deepEqual(computePassRate(past(...runs)), { runs: 3, passed: 2, flaky: 1 })
    assert.equal(computePassRate(past()), undefined)
  })

  it('is bounded: it keeps the newest results and the devices that ran last', () => {
    let module = emptyModuleHistory
    for (let i = 0; i < 100; i++) {
      const result: HistoryResult = [i, 'passed']
      const change: ModuleHistoryUpdate = {
        file: 'a.ts',
        failed: false,
        result,
        devices: new Map([[`d${i}`, { result }]]),
      }
      module = updateModuleHistory(module, change)
    }
    assert.equal(module.results.length, historyLimits.results)
    assert.deepEqual(module.results.at(-1), [99, 'passed'])
    assert.equal(module.devices.size, historyLimits.devices)
    assert.equal(module.devices.has('d99'), true)
    assert.equal(module.devices.has('d0'), false)
  })

  it('keeps fields that a run does not change', () => {
    const failed = updateModuleHistory(emptyModuleHistory, {
      file: 'a.ts',
      failed: true,
      result: [5, 'failed'],
      devices: new Map(),
    })
    const unchanged = updateModuleHistory(failed, { file: 'a.ts', devices: new Map() })
    assert.deepEqual(unchanged, failed)
  })
})

describe('the median', () => {
  it('has as many values above it as below', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), values => {
        const middle = median(values) ?? 0
        const above = values.filter(value => value > middle).length
        const below = values.filter(value => value < middle).length
        assert.equal(Math.max(above, below) <= values.length / 2, true)
      }),
    )
    assert.equal(median([]), undefined)
  })
})
