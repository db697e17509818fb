import { PhoneFarm } from '../support/phone-farm.js'
import { ofAllPhones, phoneFaults } from '../support/phone-faults.js'
import { chatApp, pullKnobs, seeded } from '../support/pull-knobs.js'

describe("a phone's own failures, in the middle of a module", () => {
  let farm: PhoneFarm
  const random = seeded(20_261_121)
  before(async () => {
    farm = await PhoneFarm.start({ phones: phoneFaults.length + 1, device: { capabilities: chatApp }, files: {} })
  })
  after(async () => farm[Symbol.asyncDispose]())

  it('lose no result, leave the pool whole and nothing behind', async () => {
    await pullKnobs(farm, phoneFaults, random)
  })

  it('nor does the end of their adb server', async () => {
    await pullKnobs(farm, [ofAllPhones], random)
  })
})
