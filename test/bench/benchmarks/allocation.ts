import { measureAllocation, type AllocationCost } from '../../support/measure-allocation.js'
import { summarize, type Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'

const [few, many] = [10, 1_000]
const sizes = [few, 100, many]

export const allocation: Benchmark = {
  name: 'allocation',
  what: 'Allocation alone: 10,000 jobs over 20 distinct needs, one host process, modules that end at once',

  async measure({ quick }) {
    const costs: AllocationCost[] = []
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      for (const devices of sizes) costs.push(await measureAllocation(quick ? 500 : 10_000, devices))
    }
    const of = (devices: number, select: (cost: AllocationCost) => number): number[] =>
      costs.filter(cost => cost.devices === devices).map(select)
    const rate = (devices: number): Figure => ({
      label: `${devices} devices`,
      unit: 'modules/s',
      ...summarize(of(devices, cost => cost.modulesPerSecond)),
      goal: { atLeast: 3_000 },
    })
    const cpu = (devices: number, who: string, select: (cost: AllocationCost) => number): Figure => ({
      label: `processor time of ${who} a module, ${devices} devices`,
      unit: 'µs',
      ...summarize(of(devices, select)),
    })
    const cost = (devices: number): number[] => of(devices, cost => cost.hostCpuMicros + cost.redisCpuMicros)
    const large = cost(many)
    const growth = cost(few).map((small, round) => ((large[round] ?? Number.NaN) / small - 1) * 100)
    return [
      ...sizes.map(rate),
      {
        label: `more processor time a module, of both, at ${many} devices than at ${few}`,
        unit: '%',
        ...summarize(growth),
        goal: { atMost: 33 },
      },
      {
        label: `a device freed to its next module in the host's hands, ${few} devices, the median of each round`,
        unit: 'ms',
        ...summarize(of(few, cost => cost.freedToStartMsP50)),
        goal: { atMost: 2 },
      },
      {
        label: 'the same, the slowest of a hundred',
        unit: 'ms',
        ...summarize(of(few, cost => cost.freedToStartMsP99)),
        goal: { atMost: 20 },
      },
      {
        label: `scripts that took longer than 5 ms, ${many} devices`,
        unit: '%',
        ...summarize(of(many, cost => cost.slowShare * 100)),
        goal: { atMost: 1 },
      },
      ...sizes.map(devices => cpu(devices, 'the host', cost => cost.hostCpuMicros)),
      ...sizes.map(devices => cpu(devices, 'Redis', cost => cost.redisCpuMicros)),
      { label: 'scripts a module', unit: '', ...summarize(of(few, cost => cost.scriptsPerModule)) },
      ...[few, many].map(devices => ({
        label: `commands in Redis a module, those of scripts included, ${devices} devices`,
        unit: '',
        ...summarize(of(devices, cost => cost.commandsPerModule)),
      })),
    ]
  },
}
