import assert from 'node:assert/strict'
import { finishOf } from '../../../src/host/attempt/attempt-outcome.js'

describe('what becomes of a job', () => {
  it('a result is recorded, also while its run is being cancelled', () => {
    for (const cancelled of [undefined, 'Ctrl-C']) {
      assert.deepEqual(finishOf({ verdict: 'passed' }, undefined, cancelled), { action: 'complete', verdict: 'passed' })
      assert.deepEqual(finishOf({ verdict: 'skipped' }, undefined, cancelled), {
        action: 'complete',
        verdict: 'skipped',
      })
      assert.deepEqual(finishOf({ verdict: 'failed' }, undefined, cancelled), { action: 'fail' })
    }
  })

  it('whatever came out under a lost lease is nobody’s result', () => {
    for (const verdict of ['passed', 'skipped', 'failed', 'interrupted'] as const) {
      assert.deepEqual(finishOf({ verdict }, 'it lapsed', 'Ctrl-C'), { action: 'excuse', reason: 'it lapsed' })
    }
  })

  it('infrastructure is an excuse, unless the run is over', () => {
    const outcome = { verdict: 'infrastructure', reason: 'no session' } as const
    assert.deepEqual(finishOf(outcome, undefined, undefined), { action: 'excuse', reason: 'no session' })
    assert.deepEqual(finishOf(outcome, undefined, 'Ctrl-C'), { action: 'abandon', reason: 'Ctrl-C' })
  })

  it('a refused app is the device’s affair alone, unless the run is over', () => {
    const outcome = { verdict: 'refused', device: 'a1', reason: 'no room' } as const
    assert.deepEqual(finishOf(outcome, undefined, undefined), { action: 'refuse', device: 'a1', reason: 'no room' })
    assert.deepEqual(finishOf(outcome, undefined, 'Ctrl-C'), { action: 'abandon', reason: 'Ctrl-C' })
    assert.deepEqual(finishOf(outcome, 'it lapsed', undefined), { action: 'excuse', reason: 'it lapsed' })
  })

  it('what was interrupted waits again, unless the run is over', () => {
    assert.deepEqual(finishOf({ verdict: 'interrupted' }, undefined, undefined), { action: 'give-back' })
    assert.deepEqual(finishOf({ verdict: 'interrupted' }, undefined, 'x'), { action: 'abandon', reason: 'x' })
  })
})
