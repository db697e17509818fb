import assert from 'node:assert/strict'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

describe('the allocation loop', () => {
  it('gives modules their devices, executes them and records each once', async () => {
    await using farm = await AllocationFarm.start()
    const seen: string[] = []
    await farm.host('h1', [device('a1', 'android'), device('i1', 'ios')], {
      runAttempt: ({ grant, module }) => {
        seen.push(module.module)
        assert.equal(grant.lead, 'h1')
        return Promise.resolve({
          verdict: 'passed',
          reusable: Object.values(grant.devices).map(d => d.device),
        })
      },
    })
    const queues = await farm.submit('r1', [
      { id: 'one', needs: { alice: 'android' } },
      { id: 'two', needs: { alice: 'name=i1' } },
      { id: 'both', needs: { alice: 'android', bob: 'ios' } },
    ])
    const results = await farm.results('r1', queues, 3)
    assert.deepEqual(results.map(r => `${r.module} ${r.verdict} ${r.attempts}`).sort(), [
      'both passed 1',
      'one passed 1',
      'two passed 1',
    ])
    assert.deepEqual(seen.sort(), ['both', 'one', 'two'])
    assert.deepEqual(farm.errors, [])
  })
})
