import assert from 'node:assert/strict'
import { AllocationChecks } from '../../../src/host/allocation/allocation-checks.js'

describe('checks', () => {
  it('run one at a time for a device; the same one is not started twice, a newer one follows', async () => {
    const performed: string[] = []
    let finish = (): void => {}
    const first = new Promise<void>(resolve => {
      finish = resolve
    })
    const superseded: string[] = []
    const checks = new AllocationChecks(async ({ device, lease }, isSuperseded) => {
      performed.push(`${device} ${lease}`)
      if (lease === '1') await first
      if (isSuperseded()) superseded.push(`${device} ${lease}`)
    })
    for (const lease of ['1', '1', '2', '3']) checks.request({ device: 'a', lease, reason: '' })
    checks.request({ device: 'b', lease: '2', reason: '' })
    assert.deepEqual(performed, ['a 1', 'b 2'])
    finish()
    await checks.settled()
    assert.deepEqual(performed, ['a 1', 'b 2', 'a 3'])
    assert.deepEqual(superseded, ['a 1'], 'its result would take the device out of the pool while the newer check runs')
  })

  it('ignore a request that is older than one before it', async () => {
    const performed: string[] = []
    const superseded: string[] = []
    const checks = new AllocationChecks(async ({ lease }, isSuperseded) => {
      performed.push(lease)
      await Promise.resolve()
      if (isSuperseded()) superseded.push(lease)
    })
    // The inbox and the replies of scripts come on two connections, in either order.
    for (const lease of ['10', '9']) checks.request({ device: 'a', lease, reason: '' })
    await checks.settled()
    checks.request({ device: 'a', lease: '9', reason: '' })
    await checks.settled()
    assert.deepEqual(performed, ['10'])
    assert.deepEqual(superseded, [])
  })

  it('can be repeated under the same lease, because a result may not have arrived', async () => {
    let performed = 0
    const checks = new AllocationChecks(async () => void (performed += 1))
    for (let time = 0; time < 2; time++) {
      checks.request({ device: 'a', lease: '1', reason: '' })
      await checks.settled()
    }
    assert.equal(performed, 2)
  })
})
