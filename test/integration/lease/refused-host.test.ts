import assert from 'node:assert/strict'
import type { Redis } from 'ioredis'
import { BatonError } from '../../../src/error/baton-error.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { redisRefusals } from '../../support/redis-refusals.js'

/** Refuses one command of a host, counted over its connections. Reads of its inbox, which time decides, don't count. */
class Refusal {
  isDone = false
  #count = 0

  constructor(private readonly refused: number) {}

  readonly onto = (redis: Redis): Redis => {
    const send = redis.sendCommand.bind(redis)
    redis.sendCommand = (command, stream) => {
      if (command.name === 'blpop' || this.#count++ !== this.refused) return send(command, stream)
      this.isDone = true
      const message = redisRefusals[this.refused % redisRefusals.length] ?? ''
      command.reject(Object.assign(new Error(message), { name: 'ReplyError' }))
      return command.promise
    }
    return redis
  }
}

function assertClear(error: unknown): void {
  assert.ok(error instanceof BatonError && error.code === 'BATON_REDIS', String(error))
  assert.match(error.message, /^Redis (refused a command|is out of memory|is a replica, which cannot be written to): /)
}

describe('a Redis that refuses a command of a host', () => {
  let farm: AllocationFarm
  before(async () => (farm = await AllocationFarm.start({ audit: false })))
  after(() => farm[Symbol.asyncDispose]())

  /** @returns whether a command was refused */
  async function serve(refused: number): Promise<boolean> {
    await farm.redis.flushall()
    farm.errors.length = 0
    const refusal = new Refusal(refused)
    const redis = (): Redis => refusal.onto(farm.connect())
    const host = farm.newHost('h1', [device('a1')], { ttlMs: 3_000, redis, audit: false })
    const failure = await host.start().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failure === undefined) {
      const modules = ['m1', 'm2'].map(id => ({ id, needs: { a: '' } }))
      const results = await farm.results('r', await farm.submit('r', modules), 2)
      assert.deepEqual(
        results.map(({ verdict }) => verdict),
        ['passed', 'passed'],
      )
      const served = !refusal.isDone
      await host.stop()
      if (!served) assert.deepEqual(await farm.redis.zrange(`${farm.prefix}:hosts`, '0', '-1'), [])
    } else {
      assertClear(failure)
      assert.deepEqual(await farm.redis.zrange(`${farm.prefix}:hosts`, '0', '-1'), [])
    }
    farm.errors.forEach(assertClear)
    return refusal.isDone
  }

  it('is one clear error at its start, and while it serves: its modules pass, and it stops', async () => {
    let refused = 0
    while (await serve(refused)) refused += 1
    assert.ok(refused > 15, `only ${refused} commands`)
  }).timeout(180_000)
})
