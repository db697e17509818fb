import { raceModels, schedulesToFirstHit } from '../../support/race-models.js'
import { summarize, type Benchmark } from '../benchmark.js'
import type { Measured } from '../report.js'

const strategies = ['random', 'pos', 'surw', 'pct:3', 'delay:2']
/** Schedules after which a strategy gives up. */
const most = 1_000
const seedsApart = 100_000

export const strategyContest: Benchmark = {
  name: 'strategies',
  what: `Schedules until a race shows itself, in models of apps, by strategy of \`baton explore\`; Baton is \`mix\`; at most ${most}`,

  async measure({ quick }) {
    const seeds = Array.from({ length: quick ? 3 : 25 }, (_, i) => i * seedsApart + 1)
    return raceModels.map(model => {
      const measured = (strategy: string): Measured => {
        const hits = seeds.map(seed => Math.min(most, schedulesToFirstHit(model, strategy, { seed, most })))
        return summarize(hits)
      }
      const peers = Object.fromEntries(strategies.map(strategy => [strategy, measured(strategy)]))
      return { label: model.name, unit: '', ...measured('mix'), peers }
    })
  },
}
