import assert from 'node:assert/strict'
import type { RunAttempt } from '../../../src/host/attempt/attempt.js'
import { FarmHosts } from '../../../src/lease/farm-hosts.js'
import { FarmSecret } from '../../../src/lease/farm-secret.js'
import { HostLeases } from '../../../src/lease/host-leases.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

/** Modules that wait until they are let through. */
class Held {
  readonly #open = new Map<string, () => void>()
  readonly #started: string[] = []
  #tell: (() => void)[] = []

  readonly run: RunAttempt = async ({ grant, module }) => {
    const opened = new Promise<void>(resolve => this.#open.set(module.module, resolve))
    this.#started.push(module.module)
    for (const tell of this.#tell.splice(0)) tell()
    await opened
    return { verdict: 'passed', reusable: Object.values(grant.devices).map(({ device }) => device) }
  }

  async started(module: string): Promise<void> {
    while (!this.#started.includes(module)) await new Promise<void>(resolve => this.#tell.push(resolve))
  }

  pass(module: string): void {
    this.#open.get(module)?.()
  }
}

describe('a host that drains', () => {
  it('lets its modules end, and those of other hosts on its devices, and takes no new ones', async () => {
    await using farm = await AllocationFarm.start()
    const held = new Held()
    const hosts = new FarmHosts(farm.scripts)
    const states = async (): Promise<string[]> =>
      (await hosts.list(await farm.registry.listDevices())).map(
        ({ name, state, modules }) => `${name} ${state} ${modules}`,
      )
    // The lead is a host of the most devices.
    await farm.host('h1', [device('a1'), device('a2'), device('a3')], { runAttempt: held.run })
    const h2 = await farm.host('h2', [device('b1'), device('b2')], { runAttempt: held.run })
    await farm.untilIdle(['a1', 'a2', 'b1', 'b2'])
    const queues = await farm.submit('r', [
      { id: 'own', needs: { b: 'name=b2' } },
      { id: 'remote', needs: { x: 'name=a1', y: 'name=a2', z: 'name=b1' } },
    ])
    await Promise.all([held.started('own'), held.started('remote')])
    assert.deepEqual(await states(), ['h1 serving 1', 'h2 serving 1'])

    const order: string[] = []
    const drained = h2.drain().then(() => order.push('drained'))
    await h2.devices.setState('b2', 'checking', 'plugged in again')
    assert.deepEqual(await states(), ['h1 serving 1', 'h2 draining 1'])
    queues.push(...(await farm.submit('later', [{ id: 'later', needs: { b: 'name=b2' } }])))
    held.pass('own')
    await farm.results('r', queues, 1)
    order.push('own')
    held.pass('remote')
    await farm.results('r', queues, 2)
    order.push('remote')
    await drained
    assert.deepEqual([order[0], order.length], ['own', 3])
    await h2.stop()
    assert.deepEqual(await states(), ['h1 serving 0', 'h2 gone 0'])
    const [, left] = await hosts.list(await farm.registry.listDevices())
    assert.deepEqual(
      [left?.reason, left?.devices.map(({ state }) => state)],
      ['host h2 has stopped', ['offline', 'offline']],
    )

    await farm.host('h2', [device('b1'), device('b2')])
    const [result] = await farm.results('later', queues.slice(-1), 1)
    assert.equal(result?.verdict, 'passed')
  })

  it('does so if somebody asks for it, and can be stopped meanwhile', async () => {
    await using farm = await AllocationFarm.start()
    const held = new Held()
    const hosts = new FarmHosts(farm.scripts)
    let onDrain = (): void => {}
    const asked = new Promise<void>(resolve => (onDrain = resolve))
    const runAttempt: RunAttempt = (task, signal) =>
      Promise.race([
        held.run(task, signal),
        new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      ])
    const host = await farm.host('h1', [device('a1')], { runAttempt, onDrain })
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: 'name=a1' } }])
    await held.started('m')
    assert.equal(await hosts.drain('h1'), 'done')
    assert.equal(await hosts.drain('h1'), 'again')
    await asked
    const drained = host.drain()
    await host.stop()
    await drained
    assert.equal(await hosts.drain('h1'), 'gone')
    await farm.host('h1', [device('a1')])
    assert.equal((await farm.results('r', queues, 1))[0]?.verdict, 'passed')
  })

  it('is forgotten with its last device', async () => {
    await using farm = await AllocationFarm.start()
    const host = await farm.host('h1', [device('a1')], { version: '1.2.3' })
    const [listed] = await new FarmHosts(farm.scripts).list([])
    assert.deepEqual([listed?.version, listed?.gateway, listed?.state], ['1.2.3', 'http://h1', 'serving'])
    await host.stop()
    assert.equal(await farm.registry.forgetHost('h1'), true)
    assert.deepEqual(await farm.redis.keys('*h1*'), [])
    const empty = await farm.host('h2', [])
    await empty.stop()
    assert.deepEqual(await farm.redis.keys('*h2*'), [])
  })
})

describe('a host whose name another machine has', () => {
  it('is refused while that one lives; on the same machine the newer process serves', async () => {
    await using farm = await AllocationFarm.start()
    const identity = { name: 'h1', gatewayUrl: 'http://h1', ttlMs: 60_000, secret: new FarmSecret() }
    const joining = (incarnation: string, machine: string): Promise<string> =>
      new HostLeases(farm.scripts, { ...identity, incarnation, machine }).join([])
    assert.equal(await joining('i1', 'm1'), 'joined')
    assert.equal(await joining('i2', 'm1'), 'joined')
    await assert.rejects(joining('i3', 'm2'), {
      code: 'BATON_HOST_TAKEN',
      message: "another machine serves the farm as host 'h1' (its gateway is http://h1)",
    })
    await farm.redis.zadd(`${farm.prefix}:hosts`, 1, 'h1')
    assert.equal(await joining('i3', 'm2'), 'joined')
  })
})
