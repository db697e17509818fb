import assert from 'node:assert/strict'
import { isWanted } from '../../../src/host/attempt/attempt-videos.js'

describe('a video of an attempt', () => {
  const verdicts = ['passed', 'skipped', 'failed', 'infrastructure', 'interrupted'] as const
  const wanted = (mode: 'off' | 'on' | 'retain-on-failure') => verdicts.filter(verdict => isWanted(mode, verdict))

  it('is kept by its mode, and never for an attempt that was stopped', () => {
    assert.deepEqual(wanted('off'), [])
    assert.deepEqual(wanted('on'), ['passed', 'skipped', 'failed', 'infrastructure'])
    assert.deepEqual(wanted('retain-on-failure'), ['failed', 'infrastructure'])
  })
})
