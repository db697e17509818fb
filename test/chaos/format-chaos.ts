import type { ChaosReport } from './chaos.js'

/** The report of a chaos run, for people. */
export function formatChaos(seed: number, report: ChaosReport): string {
  const { runs, abandoned, modules, struckOut, wasted, commands, faults, violations } = report
  return [
    `seed ${seed}: ${runs} runs, ${modules} modules, ${commands} commands, ${faults} faults`,
    `attempts wasted: ${wasted}; modules lost after three infrastructure failures: ${struckOut}`,
    `runs without results, as reported to their users: ${abandoned.length}`,
    ...abandoned.map(reason => `  ${reason}`),
    'recoveries in ms (count, p50, p95, max):',
    ...[...report.recoveries].map(([fault, times]) => `  ${fault}: ${times.length}, ${quantiles(times).join(', ')}`),
    `violations: ${violations.length}`,
    ...violations.map(violation => `  ${violation}`),
  ].join('\n')
}

function quantiles(times: readonly number[]): number[] {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)
  return [at(0.5), at(0.95), at(1)]
}
