import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { Needs } from '../../../src/device/selector.js'
import type { AttemptTask } from '../../../src/host/attempt/attempt.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

const androids = ['a1', 'a2', 'a3', 'a4', 'a5'].map(name => device(name, 'android'))
const five: Needs = Object.fromEntries(androids.map((_, i) => [`r${i}`, 'android']))
const flood = Array.from({ length: 150 }, (_, i) => ({ id: `s${i}`, needs: { a: 'android' } }))
const SINGLE_MS = 20

function passed({ grant }: AttemptTask) {
  return { verdict: 'passed' as const, reusable: Object.values(grant.devices).map(d => d.device) }
}

describe('gangs (allocation test 3)', () => {
  it('are served in a flood of single needs, once each device has been released', async () => {
    await using farm = await AllocationFarm.start()
    const order: string[] = []
    await farm.host('h1', androids, {
      runAttempt: async task => {
        order.push(task.module.module)
        await delay(SINGLE_MS)
        return passed(task)
      },
    })
    const queues = await farm.submit('flood', flood)
    await farm.submit('gang', [{ id: 'gang', needs: five }])
    const earlier = order.length
    await farm.results('flood', queues, flood.length)
    assert.ok(order.includes('gang'), 'the gang starved')
    // Whoever ran when the gang became the oldest ends once; a round of the flood may have come before.
    const before = order.indexOf('gang') - earlier
    assert.ok(before <= 2 * androids.length, `${before} singles went first`)
  })

  it('delay no other need if they cannot be served: every device continues with the rest', async () => {
    await using farm = await AllocationFarm.start()
    let begun = 0
    let end = (): void => {}
    let together = new Promise<void>(resolve => (end = resolve))
    await farm.host('h1', androids, {
      // Five at a time, none of which ends before the fifth has begun.
      runAttempt: async task => {
        assert.notEqual(task.module.module, 'gang')
        const mine = together
        if ((begun += 1) % androids.length === 0) {
          end()
          together = new Promise(resolve => (end = resolve))
        }
        await mine
        return passed(task)
      },
    })
    // What it lacks may come back: it waits.
    await farm.host('h2', [device('i1', 'ios')]).then(host => host.stop())
    await farm.submit('gang', [{ id: 'gang', needs: { ...five, extra: 'ios' } }])
    const queues = await farm.submit('flood', flood)
    await farm.results('flood', queues, flood.length)
  })
})
