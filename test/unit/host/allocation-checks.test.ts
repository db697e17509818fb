import assert from 'node:assert/strict'
import { AllocationChecks } from '../../../src/host/allocation/allocation-checks.js'

describe('checks', () => {
  it('run one at a time for a device; the same one is not begun twice, a newer one follows', async () => {
    const performed: string[] = []
    let finish = (): void => {}
    const first = new Promise<void>(resolve => {
      finish = resolve
    })
    const checks = new AllocationChecks(async ({ device, lease }) => {
      performed.push(`${device} ${lease}`)
      if (lease === '1') await first
    })
    for (const lease of ['1', '1', '2', '3']) checks.request({ device: 'a', lease, reason: '' })
    checks.request({ device: 'b', lease: '2', reason: '' })
    assert.deepEqual(performed, ['a 1', 'b 2'])
    finish()
    await checks.settled()
    assert.deepEqual(performed, ['a 1', 'b 2', 'a 3'])
  })
})
