/**
 * How tests, attempts and modules end. Declared here once: schemas, the farm's Lua scripts and the tables of docs/reports.md
 * follow from these lists, and every switch over one of them is exhaustive.
 */

/** How a test ended; `pending` as in mocha: it was skipped. */
export const testStates = ['passed', 'failed', 'pending'] as const
export type TestState = (typeof testStates)[number]
export type TestCounts = Record<TestState, number>

/** How one attempt ended. `infrastructure` and `interrupted` don't count as attempts of the module: it runs again. */
export const attemptVerdicts = ['passed', 'failed', 'skipped', 'infrastructure', 'interrupted'] as const
export type AttemptVerdict = (typeof attemptVerdicts)[number]

/** How a module ended, as reports show it. `interrupted`: it started, and no result was recorded. */
export const reportedVerdicts = ['passed', 'failed', 'flaky', 'skipped', 'lost', 'interrupted', 'not-run'] as const
export type ReportedVerdict = (typeof reportedVerdicts)[number]

/** How a module ended, over all its attempts: what is recorded with its job. */
export type ModuleVerdict = Exclude<ReportedVerdict, 'interrupted'>
export const moduleVerdicts = reportedVerdicts.filter((verdict): verdict is ModuleVerdict => verdict !== 'interrupted')

/** The counts of a module before any test has ended. */
export function noTests(): TestCounts {
  return { passed: 0, failed: 0, pending: 0 }
}

const successes: ReadonlySet<ModuleVerdict> = new Set(['passed', 'flaky', 'skipped'])

/** 1: a test failed. 3: nothing failed, but infrastructure kept modules from running. 0: all passed, flaky or skipped. */
export function exitCodeOfVerdicts(verdicts: Iterable<ModuleVerdict>): 0 | 1 | 3 {
  const all = new Set(verdicts)
  if (all.has('failed')) return 1
  return [...all].every(verdict => successes.has(verdict)) ? 0 : 3
}
