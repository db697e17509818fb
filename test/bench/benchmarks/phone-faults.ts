import { PhoneFarm } from '../../support/phone-farm.js'
import { ofAllPhones, phoneFaults } from '../../support/phone-faults.js'
import { chatApp, pullKnobs, seeded, type Pulled } from '../../support/pull-knobs.js'
import { summarize, type Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'

/** Not how fast: that nothing breaks. It fails at the first result that is lost, phone that stays away, or thing that leaks. */
export const faultyPhones: Benchmark = {
  name: 'phone-faults',
  what: 'Every knob of a simulated phone pulled in the middle of a module, 20 times each at random moments',

  async measure({ quick }) {
    const random = seeded(1)
    const pulled: Pulled[] = []
    const phones = phoneFaults.length + 1
    await using farm = await PhoneFarm.start({ phones, device: { capabilities: chatApp }, files: {} })
    for (let round = 0; round < (quick ? 1 : 20); round++) {
      for (const faults of [phoneFaults, [ofAllPhones]]) pulled.push(...(await pullKnobs(farm, faults, random)))
    }
    return [...phoneFaults, ofAllPhones].flatMap(({ name }) => {
      const noticed = pulled.flatMap(({ fault, noticedMs }) => (fault === name ? (noticedMs ?? []) : []))
      if (noticed.length === 0) return []
      const figure: Figure = { label: `${name}: until its module is stopped`, unit: 'ms', ...summarize(noticed) }
      return [{ ...figure, goal: { atMost: 10_000 } }]
    })
  },
}
