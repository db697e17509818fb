import assert from 'node:assert/strict'
import { PhoneFarm } from '../support/phone-farm.js'
import { ofAllPhones, phoneFaults, phonesForFaults } from '../support/phone-faults.js'
import { chatApp, pullKnobs, seeded } from '../support/pull-knobs.js'
import { timeDeparture } from '../support/time-departure.js'

describe("a phone's own failures, in the middle of a module", () => {
  let farm: PhoneFarm
  const random = seeded(20_261_121)
  before(async () => {
    farm = await PhoneFarm.start({ phones: phonesForFaults, device: { capabilities: chatApp }, files: {} })
  })
  after(async () => farm[Symbol.asyncDispose]())

  it('lose no result, leave the pool whole and nothing behind', async () => {
    await pullKnobs(farm, phoneFaults, random)
  })

  it('nor does the end of their adb server', async () => {
    await pullKnobs(farm, [ofAllPhones], random)
  })
})

describe('a phone that leaves', () => {
  it('is out of the pool, and its module stopped, as soon as adb tells anybody', async () => {
    await using farm = await PhoneFarm.start({ phones: 1, device: { capabilities: chatApp }, files: {} })
    const { outOfPoolMs, moduleStoppedMs } = await timeDeparture(farm)
    // 100 ms are promised, which the benchmark of the same name holds it to; a busy machine is given more.
    assert.ok(outOfPoolMs < 1_000, `out of the pool after ${outOfPoolMs} ms`)
    assert.ok(moduleStoppedMs < 1_000, `its module stopped after ${moduleStoppedMs} ms`)
  })
})

describe('a phone that no module has', () => {
  it('is looked at now and then: unfit, it is not offered, and whoever lists devices is told why', async () => {
    await using farm = await PhoneFarm.start({ phones: 1, files: {} })
    const stateOf = async (): Promise<string> => {
      const { stdout } = await farm.project.run(['devices', '--redis', `unix://${farm.redis.socket}`])
      return /^phone-0.*$/m.exec(stdout)?.[0] ?? ''
    }
    await farm.phone('phone-0').set({ batteryPercent: 7, batteryCelsius: 51 })
    await farm.untilAll('offline')
    assert.match(await stateOf(), /offline .*battery: 7 %, at least 15 % are needed; temperature: 51 °C.*; charge it/)
    await farm.phone('phone-0').set({ batteryPercent: 80, batteryCelsius: 25 })
    await farm.untilAll('idle')
  })
})
