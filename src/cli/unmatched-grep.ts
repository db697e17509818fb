import { grepPattern } from '../device/grep-pattern.js'
import { BatonError, BatonErrors, type SourceLocation } from '../error/baton-error.js'
import type { LoadedModule } from '../module/module-bundle.js'
import type { RunReport } from '../report/run-report.js'
import type { Suite } from '../run/plan/test-plan.js'
import type { ModuleSelection } from '../run/selection/module-selection.js'

/**
 * The error if all modules were loaded and `--grep`, or the pattern of a plan's suite, matched none of their tests: a mistyped
 * title must not look like success. A shard may have no matching test.
 */
export function unmatchedGrep(
  { grep, shard }: { grep?: string; shard?: unknown },
  suites: readonly Suite[],
  report: Pick<RunReport, 'totals'>,
): Error | undefined {
  if (grep !== undefined) {
    const modules = shard === undefined ? withoutTests(report.totals()) : 0
    return modules === 0 ? undefined : fitsNone(`--grep '${grep}'`, modules)
  }
  const errors = suites.flatMap(suite => {
    const modules = suite.grep === undefined ? 0 : withoutTests(report.totals(suite.name))
    return modules === 0 ? [] : [fitsNone(`'grep' of suite '${suite.name}'`, modules, suite.places.grep)]
  })
  return errors.length > 0 ? new BatonErrors(errors) : undefined
}

/**
 * The same error before anything runs, if the code of all modules shows the titles of their tests.
 * @param wdio - a WebdriverIO configuration may choose another interface of mocha, and filter as well
 */
export function unmatchedTitles(
  { grep, shard }: { grep?: string; shard?: unknown },
  { plan }: Pick<ModuleSelection, 'plan'>,
  modules: readonly LoadedModule[],
  wdio: unknown,
): BatonError[] {
  if (wdio !== undefined || shard !== undefined) return []
  const matchesNone = (pattern: string, members: readonly LoadedModule[]): boolean =>
    members.length > 0 &&
    members.every(({ testTitles }) => testTitles?.every(title => !grepPattern(pattern).test(title)) ?? false)
  if (grep !== undefined) {
    return matchesNone(grep, modules) ? [fitsNone(`--grep '${grep}'`, modules.length)] : []
  }
  return (plan?.suites ?? []).flatMap(({ suite, files }) => {
    const names = new Set(files.map(({ name }) => name))
    const members = modules.filter(({ bundle }) => names.has(bundle.file))
    if (suite.grep === undefined || !matchesNone(suite.grep, members)) return []
    return [fitsNone(`'grep' of suite '${suite.name}'`, members.length, suite.places.grep)]
  })
}

/** @returns the number of modules if all were loaded and none had a test to run; otherwise 0 */
function withoutTests({ modules, tests }: ReturnType<RunReport['totals']>): number {
  const { skipped, ...others } = modules
  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, count) => all + count, 0)
  return sum(others) > 0 || sum({ ...tests }) > 0 ? 0 : skipped
}

function fitsNone(what: string, modules: number, place?: SourceLocation): BatonError {
  const message = `${what} matches no test of ${modules} ${modules === 1 ? 'module' : 'modules'}`
  const hint =
    'compare it with the full titles of tests: the titles of the suites around a test and its own, joined by spaces'
  return new BatonError('BATON_USAGE', message, { ...(place && { place }), hint })
}
