import assert from 'node:assert/strict'
import { BatonError } from '../../../src/error/baton-error.js'
import { claimProtocol } from '../../../src/lease/check-protocol.js'
import { PROTOCOL_VERSION } from '../../../src/lease/protocol/version.js'
import { connectFarm } from '../../../src/run/farm-connection.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

const mismatch = (found: RegExp) => (error: unknown) =>
  error instanceof BatonError && error.code === 'BATON_PROTOCOL_MISMATCH' && found.test(error.message)

/** Everything that uses a farm, and how. */
const users: Record<string, (farm: AllocationFarm) => Promise<unknown>> = {
  'a host': farm => farm.host('h2', [device('b1')]),
  'a run': farm => farm.runs.open('r2'),
  'a command that reads': farm => connectFarm(`unix://${farm.server.socket}`),
  'a command that runs modules': farm => connectFarm(`unix://${farm.server.socket}`, 'run'),
}

describe('two versions of Baton on one farm', () => {
  let farm: AllocationFarm
  beforeEach(async () => {
    farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')])
    await farm.untilIdle(['a1'])
  })
  afterEach(() => farm[Symbol.asyncDispose]())

  for (const [name, use] of Object.entries(users)) {
    it(`refuse ${name}, and change nothing`, async () => {
      for (const [stored, found] of [
        [String(PROTOCOL_VERSION + 1), new RegExp(`protocol version ${PROTOCOL_VERSION + 1}`)],
        [undefined, /an older Baton, without a protocol version/],
      ] as const) {
        await (stored === undefined
          ? farm.redis.del(`${farm.prefix}:protocol`)
          : farm.redis.set(`${farm.prefix}:protocol`, stored))
        const before = await farm.redis.keys('*')
        await assert.rejects(use(farm), mismatch(found))
        assert.deepEqual((await farm.redis.keys('*')).sort(), before.sort())
      }
      await farm.redis.set(`${farm.prefix}:protocol`, PROTOCOL_VERSION)
    })
  }

  it('can follow each other once all hosts and runs have ended: the history stays, the devices do not', async () => {
    await farm.redis.set(`${farm.prefix}:protocol`, PROTOCOL_VERSION + 1)
    await farm.redis.zadd(`${farm.prefix}:hosts`, 1, 'h1')
    await farm.redis.hset(`${farm.prefix}:history:p`, 'a.ts', '{}')
    await claimProtocol(farm.scripts)
    assert.deepEqual(await farm.redis.keys('*'), [`${farm.prefix}:history:p`])
  })
})

describe('a farm', () => {
  it('belongs to the first version that connects while it is empty', async () => {
    await using farm = await AllocationFarm.start()
    const connection = await connectFarm(`unix://${farm.server.socket}`)
    connection.close()
    await farm.host('h1', [device('a1')])
    assert.equal(await farm.redis.get(`${farm.prefix}:protocol`), String(PROTOCOL_VERSION))
  })
})
