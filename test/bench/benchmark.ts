import type { Figure, Measured } from './report.js'

/** One benchmark: a module in `benchmarks/`, and a line in `benchmarks.ts`. It runs in its own process. */
export interface Benchmark {
  /** Its name on the command line. */
  readonly name: string
  /** One sentence: what is measured. */
  readonly what: string
  measure(options: BenchmarkOptions): Promise<Figure[]>
}

export interface BenchmarkOptions {
  /** Few samples: checks that it works, not how fast it is. */
  quick: boolean
}

/** Returns the median and the range of the samples. @throws if there are none */
export function summarize(samples: readonly number[]): Measured {
  const sorted = samples.toSorted((a, b) => a - b)
  const [least, most] = [sorted[0], sorted.at(-1)]
  if (least === undefined || most === undefined) throw new Error('nothing was measured')
  const value = quantile(sorted, 0.5)
  return sorted.length === 1 ? { value } : { value, range: [least, most], samples: sorted.length }
}

/** @param sorted - ascending, not empty */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN]
  return below + (above - below) * (at - Math.floor(at))
}

/** Whether a figure meets its goal; undefined if it has none. */
export function meetsGoal({ value, goal }: Figure): boolean | undefined {
  if (!goal) return undefined
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
}
