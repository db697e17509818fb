import assert from 'node:assert/strict'
import { anyOf } from '../../../src/device/selector.js'
import { forgetRun } from '../../../src/lease/forget-run.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

const pixelElse = anyOf(['name=pixel', 'name=spare', 'tablet'])

/** Devices of each module, in the order in which the modules ran. */
function recording(used: Record<string, string>[]) {
  return {
    runAttempt: ({ grant }: { grant: { devices: Record<string, { device: string }> } }) => {
      used.push(Object.fromEntries(Object.entries(grant.devices).map(([role, { device }]) => [role, device])))
      return Promise.resolve({
        verdict: 'passed' as const,
        reusable: Object.values(grant.devices).map(d => d.device),
      })
    },
  }
}

describe('a selector with alternatives', () => {
  const devices = [device('pixel', 'phone'), device('spare', 'phone'), device('t1', 'tablet')]

  it('takes the first that is online, and the first again once it is back', async () => {
    await using farm = await AllocationFarm.start()
    const used: Record<string, string>[] = []
    const host = await farm.host('h1', devices, recording(used))
    await farm.untilIdle(['pixel', 'spare', 't1'])
    const run = async (name: string): Promise<void> => {
      const queues = await farm.submit(name, [{ id: 'm', needs: { a: pixelElse } }])
      await farm.results(name, queues, 1)
      await forgetRun(farm.runs, name)
    }
    await run('r1')
    await host.devices.setState('pixel', 'offline', 'unplugged')
    await run('r2')
    await host.devices.setState('spare', 'quarantined', 'no session')
    await run('r3')
    await host.devices.setState('pixel', 'checking', 'plugged in')
    await farm.untilIdle(['pixel'])
    await run('r4')
    assert.deepEqual(used, [{ a: 'pixel' }, { a: 'spare' }, { a: 't1' }, { a: 'pixel' }])
    assert.deepEqual(await farm.redis.keys('*fa:*'), [])
  })

  it('waits for the first while it is busy, and takes the next if it goes offline meanwhile', async () => {
    await using farm = await AllocationFarm.start()
    const used: Record<string, string>[] = []
    let end = (): void => {}
    const ended = new Promise<void>(resolve => (end = resolve))
    let begin = (): void => {}
    const begun = new Promise<void>(resolve => (begin = resolve))
    const recorder = recording(used)
    const host = await farm.host('h1', devices, {
      runAttempt: async (task, signal) => {
        if (task.module.module === 'busy') {
          begin()
          await ended
          signal.throwIfAborted()
        }
        return recorder.runAttempt(task)
      },
    })
    await farm.untilIdle(['pixel', 'spare', 't1'])
    const first = await farm.submit('r1', [{ id: 'busy', needs: { a: 'name=pixel' } }])
    await begun
    const second = await farm.submit('r2', [{ id: 'm', needs: { a: pixelElse, b: 'tablet' } }])
    await farm.runs.schedule()
    const spare = (await farm.registry.listDevices()).find(({ name }) => name === 'spare')
    assert.equal(spare?.state, 'idle', 'the spare is free, and still it waits for pixel')
    assert.equal((await farm.registry.needState({ a: pixelElse })).answer, 'now')
    await host.devices.setState('pixel', 'offline', 'unplugged')
    await farm.results('r2', second, 1)
    assert.deepEqual(used, [{ a: 'spare', b: 't1' }])
    end()
    // its own module was stopped with it, and waits for it
    await host.devices.setState('pixel', 'checking', 'plugged in again')
    await farm.results('r1', first, 1)
  })

  it('reports what is wrong with each of them if all are missing', async () => {
    await using farm = await AllocationFarm.start()
    let submitted = (): void => {}
    const isSubmitted = new Promise<void>(resolve => (submitted = resolve))
    await farm.host('h1', devices.slice(0, 2), {
      check: () => isSubmitted.then(() => ({ state: 'quarantined', reason: 'broken' })),
    })
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: anyOf(['name=pixel', 'name=spare']) } }])
    submitted()
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'lost')
    assert.match(
      result.reasons?.join() ?? '',
      /role 'a' asks for pixel, else spare: pixel is quarantined \(broken\), spare is quarantined \(broken\)/,
    )
  })
})
