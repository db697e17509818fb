import assert from 'node:assert/strict'
import { parseDeviceLabels, parseLabels } from '../../../src/device/on-labels.js'
import { hostNameProblem } from '../../../src/device/label.js'

describe('parseOnLabels', () => {
  it('splits, trims and drops repeats', () => {
    assert.deepEqual(parseLabels('platform=android, tablet,tablet'), ['platform=android', 'tablet'])
  })

  it('accepts labels that devices.json may not declare', () => {
    assert.deepEqual(parseLabels('host=lab-1'), ['host=lab-1'])
  })

  it('refuses labels that Baton gives, if they are for devices', () => {
    assert.deepEqual(parseDeviceLabels('room=2, nightly'), ['room=2', 'nightly'])
    assert.throws(() => parseDeviceLabels('room=2,host=lab-1'), {
      message: /--labels 'room=2,host=lab-1': expected a label of your own: .*, found 'host=lab-1'\./,
    })
  })

  it('refuses an empty label', () => {
    assert.throws(() => parseLabels('a,,b'), {
      message:
        "BATON_USAGE: --on 'a,,b': expected a label: not empty, without commas, line breaks or surrounding spaces, found ''.",
    })
  })
})

describe('hostNameProblem', () => {
  it('accepts names of machines', () => {
    for (const name of ['lab-1', 'Mac_Mini.local', `${'a'.repeat(63)}.example.com`]) {
      assert.equal(hostNameProblem(name), undefined)
    }
  })

  it('refuses what would forge a label or draw on a terminal', () => {
    for (const name of ['', 'lab,tablet', 'lab\u001B[2J', 'lab\nfake', ' lab', '-x', 'x'.repeat(254)]) {
      assert.match(hostNameProblem(name) ?? '', /^expected a name/, JSON.stringify(name))
    }
  })
})
