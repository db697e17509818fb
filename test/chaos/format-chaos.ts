import type { ChaosReport } from './chaos.js'

/** The report of a chaos run, for people. */
export function formatChaos(command: string, leaseTtlMs: number, report: ChaosReport): string {
  const { runs, abandoned, modules, struckOut, wasted, commands, faults, violations } = report
  return [
    `${command}:`,
    `${runs} runs, ${modules} modules, ${commands} commands, ${faults} faults`,
    `attempts wasted: ${wasted}; modules lost after three infrastructure failures: ${struckOut}`,
    `runs without results, as reported to their users: ${abandoned.length}`,
    ...abandoned.map(reason => `  ${reason}`),
    'recoveries in ms (count, p50, p95, max):',
    ...[...report.recoveries].map(([fault, times]) => `  ${fault}: ${times.length}, ${quantiles(times).join(', ')}`),
    ...formatDeaths(report.deaths, leaseTtlMs + deathMayCostMs),
    `violations: ${violations.length}`,
    ...violations.map(violation => `  ${violation}`),
  ].join('\n')
}

/** Milliseconds beyond the time that a silent host keeps its leases. */
const deathMayCostMs = 2_000

function formatDeaths(times: readonly number[], goalMs: number): string[] {
  if (times.length === 0) return []
  const verdict = Math.max(...times) <= goalMs ? 'met' : 'missed'
  return [
    'death of a host on the quiet farm, until its modules ran on others, in ms (count, p50, p95, max):',
    `  ${times.length}, ${quantiles(times).join(', ')}; goal ≤ ${goalMs} (${verdict})`,
  ]
}

function quantiles(times: readonly number[]): number[] {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)
  return [at(0.5), at(0.95), at(1)]
}
