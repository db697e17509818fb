import type { ModuleListing } from '../event/run-event.js'
import { scheduleFile, type Exploration } from '../explore/exploration.js'
import type { ExploredRecord } from './run-schema.js'

/** What exploring a module found, for run.json. */
export function exploredRecord(exploration: Exploration, listing: Pick<ModuleListing, 'id' | 'file'>): ExploredRecord {
  const { size, orders, failures, hasBranches, unbalanced, slowServer } = exploration
  return {
    iterations: size,
    orders,
    failed: failures,
    hasBranches,
    unbalanced,
    slowServer,
    bugs: [...exploration.bugs.values()].map(bug => {
      const { schedule, signature, times, minimised } = bug
      const { tries, reproduced, repetitions } = minimised ?? {}
      return {
        message: schedule.error.message,
        signature,
        seed: schedule.seed,
        strategy: schedule.strategy,
        times,
        schedule: scheduleFile(listing, bug),
        ...(schedule.holds && { holds: schedule.holds.length }),
        ...(tries !== undefined && { tries }),
        ...(reproduced !== undefined && { reproduced }),
        ...(repetitions !== undefined && { repetitions }),
      }
    }),
  }
}
