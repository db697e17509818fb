import assert from 'node:assert/strict'
import { stress } from '../../support/stress.js'

describe('stress (allocation test 1)', () => {
  it('breaks no guarantee while hosts are killed, suspended beyond their lease, resumed and replaced', async () => {
    const report = await stress({ seed: 7, modules: 600, devices: 20, hosts: 3, seconds: 8, ttlMs: 900 })
    assert.deepEqual(report.faults, [])
    assert.ok(report.kills + report.stops > 0, 'nothing happened to anybody')
    assert.equal(
      Object.values(report.verdicts).reduce((sum, count) => sum + count, 0),
      600,
    )
  })
})
