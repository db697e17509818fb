import assert from 'node:assert/strict'
import { parseOnLabels } from '../../../src/device/on-labels.js'

describe('parseOnLabels', () => {
  it('splits, trims and drops repeats', () => {
    assert.deepEqual(parseOnLabels('platform=android, tablet,tablet'), ['platform=android', 'tablet'])
  })

  it('takes labels that devices.json may not declare', () => {
    assert.deepEqual(parseOnLabels('host=lab-1'), ['host=lab-1'])
  })

  it('refuses an empty label', () => {
    assert.throws(() => parseOnLabels('a,,b'), {
      message:
        "BATON_USAGE: --on 'a,,b': expected a label: not empty, no comma, no line break, no space at its ends, found ''.",
    })
  })
})
