import { BatonError } from '../error/baton-error.js'
import type { RunReport } from '../report/run-report.js'

/**
 * What is wrong where all modules were loaded and `--grep` left no test of them: a mistyped title must not look like success. A shard
 * may well have none.
 */
export function unmatchedGrep(
  { grep, shard }: { grep?: string; shard?: unknown },
  report: Pick<RunReport, 'totals'>,
): BatonError | undefined {
  if (grep === undefined || shard !== undefined) return undefined
  const { modules, tests } = report.totals()
  const { skipped, ...others } = modules
  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, count) => all + count, 0)
  if (skipped === 0 || sum(others) > 0 || sum({ ...tests }) > 0) return undefined
  return new BatonError(
    'BATON_USAGE',
    `--grep '${grep}' fits no test of ${skipped} ${skipped === 1 ? 'module' : 'modules'}`,
    {
      hint: "it is compared with a test's full title: the titles of its suites and its own, joined by spaces",
    },
  )
}
