import { stress, type StressReport } from '../../support/stress.js'
import type { Benchmark } from '../benchmark.js'

export const stressed: Benchmark = {
  name: 'stress',
  what: 'Hosts that are killed and frozen while modules with random needs arrive and a tenth of the wake-ups is lost',

  async measure({ quick }) {
    const reports: StressReport[] = []
    for (let seed = 1; seed <= (quick ? 1 : 3); seed++) {
      const size = quick ? { modules: 200, seconds: 2 } : { modules: 3_000, seconds: 30 }
      reports.push(await stress({ seed, devices: 20, hosts: 4, ttlMs: 900, ...size }))
    }
    for (const fault of reports.flatMap(({ faults }) => faults)) console.error(fault)
    const sum = (select: (report: StressReport) => number): number =>
      reports.reduce((total, report) => total + select(report), 0)
    return [
      { label: 'promises broken', unit: '', value: sum(({ faults }) => faults.length), goal: { atMost: 0 } },
      { label: 'modules', unit: '', value: sum(({ modules }) => modules) },
      { label: 'hosts killed', unit: '', value: sum(({ kills }) => kills) },
      { label: 'hosts frozen beyond their lease', unit: '', value: sum(({ stops }) => stops) },
    ]
  },
}
