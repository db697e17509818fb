import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { auditFaults } from '../../support/audit.js'
import { forkHost } from '../../support/host-process.js'

/** Of whoever is stopped; the others' last. */
const TTL_MS = 1500
/** Longer than a busy machine keeps this process waiting with the signal that stops it. */
const MODULE_MS = 3000

/** A module is under way on h1's only device when the process is stopped beyond its lease; h2 executes it meanwhile. */
async function stoppedUnderAModule(
  inTheMeantime: (farm: AllocationFarm, start: (host: string, ttlMs: number) => Promise<ChildProcess>) => Promise<void>,
  afterwards: (farm: AllocationFarm, stopped: ChildProcess) => Promise<void>,
): Promise<void> {
  await using farm = await AllocationFarm.start()
  const children: ChildProcess[] = []
  const start = (host: string, ttlMs: number): Promise<ChildProcess> =>
    forkHost(
      { socket: farm.server.socket, host, devices: [device('a1', 'android')], ttlMs },
      error => farm.errors.push(error),
      child => children.push(child),
    )
  try {
    const stopped = await start('h1', TTL_MS)
    await farm.untilIdle(['a1'])
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: 'android' }, options: { ms: MODULE_MS } }])
    const first = await firstTouch(farm)
    stopped.kill('SIGSTOP')
    await farm.host('h2', [device('b1', 'android')])
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'passed')
    assert.notEqual(result.lease, first, 'recorded by the lease that was lost')
    await inTheMeantime(farm, start)
    stopped.kill('SIGCONT')
    await afterwards(farm, stopped)
    // The module's next command would come after a third of its time.
    await delay(MODULE_MS / 3 + 300)
    assert.deepEqual(await auditFaults(farm.redis, farm.prefix), [])
    assert.equal(await farm.redis.zcard(`${farm.prefix}:${queues[0]}:completed`), 1)
    assert.equal(await farm.redis.zcard(`${farm.prefix}:${queues[0]}:failed`), 0)
  } finally {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
}

/** The lease whose first command was let through. */
async function firstTouch(farm: AllocationFarm): Promise<string> {
  let last = '0'
  const redis = farm.server.connect()
  for (;;) {
    const reply = (await redis.xread('BLOCK', 0, 'STREAMS', `${farm.prefix}:audit`, last)) as [
      string,
      [string, string[]][],
    ][]
    for (const [id, fields] of reply[0]?.[1] ?? []) {
      last = id
      if (fields.includes('touch')) return fields[fields.indexOf('lease') + 1] ?? ''
    }
  }
}

describe('a host stopped beyond its lease (allocation test 5)', () => {
  it('sends no command, records no result and joins again if it has no successor', async () => {
    await stoppedUnderAModule(
      () => Promise.resolve(),
      async farm => farm.untilIdle(['a1', 'b1']),
    )
  })

  it('sends no command, records no result and leaves if it has a successor', async () => {
    await stoppedUnderAModule(
      async (farm, start) => {
        await start('h1', 10_000)
        await farm.untilIdle(['a1'])
      },
      async (_farm, stopped) => {
        const [code] = (await once(stopped, 'exit')) as [number]
        assert.equal(code, 0)
      },
    )
  })
})
