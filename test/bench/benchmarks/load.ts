import { load, type LoadOptions } from '../../chaos/load.js'
import type { Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'

const wide: LoadOptions = { modules: 20_000, devices: 1_000, hosts: 20 }
const long: LoadOptions = { modules: 100_000, devices: 100, hosts: 2 }

export const underLoad: Benchmark = {
  name: 'load',
  what: 'Large runs of modules that do nothing, on host processes of one machine, followed by the process that submits them',

  async measure({ quick }) {
    const sizes = quick ? [{ modules: 200, devices: 20, hosts: 2 }] : [wide, long]
    const figures: Figure[] = []
    for (const size of sizes) figures.push(...(await figuresOf(size)))
    return figures
  },
}

async function figuresOf(size: LoadOptions): Promise<Figure[]> {
  const report = await load(size)
  const { modules, devices, hosts } = size
  const head = `${modules.toLocaleString('en-US')} modules, ${devices} devices, ${hosts} hosts`
  const figure = (label: string, unit: string, value: number): Figure => ({ label: `${head}: ${label}`, unit, value })
  const megabytes = (bytes: number): number => bytes / 2 ** 20
  return [
    figure('time to submit', 's', report.submitMs / 1_000),
    figure('throughput, submission included', 'modules/s', report.modulesPerSecond),
    figure('memory of Redis at most', 'MB', megabytes(report.redisPeak)),
    figure('memory of Redis for each module', 'kB', (report.redisPeak - report.redisBefore) / modules / 1_000),
    figure('memory of Redis after the run was removed', 'MB', megabytes(report.redisAfter)),
    figure('memory of the process that submits and follows at most', 'MB', megabytes(report.processPeak)),
    { ...figure('results lost, doubled or wrong', '', report.violations.length), goal: { atMost: 0 } },
  ]
}
