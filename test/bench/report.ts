import type { BenchmarkResult } from './benchmark.js'
import type { Machine } from './machine.js'

/** What `npm run bench` writes. */
export interface BenchReport {
  /** When it began, ISO 8601. */
  date: string
  /** Few samples: nothing to quote. */
  quick: boolean
  machine: Machine
  results: BenchmarkResult[]
}
