import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { Needs } from '../../../src/device/ask.js'
import { AllocationFarm, device, type TestModule } from '../../support/allocation-farm.js'

const androids = ['a1', 'a2', 'a3', 'a4', 'a5'].map(name => device(name, 'android'))
const five: Needs = Object.fromEntries(androids.map((_, i) => [`r${i}`, 'android']))
const SINGLE_MS = 20

async function flooded(gang: TestModule, singles = 150): Promise<{ order: string[]; totalMs: number }> {
  await using farm = await AllocationFarm.start()
  const order: string[] = []
  await farm.host('h1', androids, {
    ttlMs: 10_000,
    execute: async ({ grant, module }) => {
      order.push(module.module)
      await delay(SINGLE_MS)
      return { outcome: { verdict: 'passed' }, clean: Object.values(grant.devices).map(d => d.device) }
    },
  })
  const started = performance.now()
  const flood = Array.from({ length: singles }, (_, i) => ({ id: `s${i}`, needs: { a: 'android' } }))
  const queues = await farm.submit('flood', flood)
  await farm.submit('gang', [gang])
  const done = await farm.results('flood', queues, singles)
  assert.equal(done.length, singles)
  return { order, totalMs: performance.now() - started }
}

describe('gangs (allocation test 3)', () => {
  it('a five-role gang is served in a flood of singles, once each device has been given back', async () => {
    const { order } = await flooded({ id: 'gang', needs: five })
    const before = order.indexOf('gang')
    assert.ok(before >= 0, 'the gang starved')
    // Whoever ran when the gang became the oldest ends once; a round of the flood may have come before.
    assert.ok(before <= 4 * androids.length, `${before} singles went first`)
  })

  it('an infeasible gang slows nobody', async () => {
    const plain = await flooded({ id: 'gang', needs: { a: 'android' } })
    const blocked = await flooded({ id: 'gang', needs: { ...five, extra: 'ios' } })
    assert.ok(!blocked.order.includes('gang'))
    // Held back by it, the flood takes nine times as long.
    assert.ok(
      blocked.totalMs < plain.totalMs * 3 + 500,
      `${blocked.totalMs} ms beside an infeasible gang, ${plain.totalMs} ms without`,
    )
  })
})
