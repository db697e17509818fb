import { PhoneFarm } from '../../support/phone-farm.js'
import { ofAllPhones, phoneFaults, phonesForFaults } from '../../support/phone-faults.js'
import { chatApp, injectFaults, seeded, type InjectedFault } from '../../support/inject-faults.js'
import { timeDeparture, type Departure } from '../../support/time-departure.js'
import { summarize, type Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'

/** Not how fast: that nothing breaks. It fails at the first result that is lost, phone that stays away, or thing that leaks. */
export const faultyPhones: Benchmark = {
  name: 'phone-faults',
  what: 'Every fault of a simulated phone, injected at random moments of a module, 20 times each',

  async measure({ quick }) {
    const random = seeded(1)
    const injected: InjectedFault[] = []
    await using farm = await PhoneFarm.start({ phones: phonesForFaults, device: { capabilities: chatApp }, files: {} })
    for (let round = 0; round < (quick ? 1 : 20); round++) {
      for (const faults of [phoneFaults, [ofAllPhones]]) injected.push(...(await injectFaults(farm, faults, random)))
    }
    const departures: Departure[] = []
    for (let round = 0; round < (quick ? 1 : 20); round++) departures.push(await timeDeparture(farm))
    const promised = (label: string, samples: readonly number[]): Figure => ({
      label: `unplugged: from adb's event until ${label}`,
      unit: 'ms',
      ...summarize(samples),
      goal: { atMost: 100 },
    })
    const noticed = [...phoneFaults, ofAllPhones].flatMap(({ name }) => {
      const took = injected.flatMap(({ fault, noticedMs }) => (fault === name ? (noticedMs ?? []) : []))
      if (took.length === 0) return []
      const figure: Figure = { label: `${name}: until its module is stopped`, unit: 'ms', ...summarize(took) }
      return [{ ...figure, goal: { atMost: 10_000 } }]
    })
    return [
      ...noticed,
      promised(
        'it is out of the pool',
        departures.map(({ outOfPoolMs }) => outOfPoolMs),
      ),
      promised(
        'its module is stopped',
        departures.map(({ moduleStoppedMs }) => moduleStoppedMs),
      ),
    ]
  },
}
