import type { ModuleListing } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'

/** A suite of a plan: it starts with its first module and ends with its last one. */
export interface SuiteState {
  /** Ids of its modules without a result. */
  open: Set<string>
  started: boolean
  /** Its modules with a result, by verdict. */
  ended: Map<ModuleVerdict, number>
}

/** `not-run` if none of its modules was run. */
export type SuiteVerdict = 'passed' | 'failed' | 'not-run'

const good: ReadonlySet<ModuleVerdict> = new Set(['passed', 'flaky', 'skipped'])

/** @returns undefined if the suite has started already, or the module has no suite */
export function startSuite(
  suites: ReadonlyMap<string, SuiteState>,
  suite: string | undefined,
): { suite: string; modules: number } | undefined {
  const state = suite === undefined ? undefined : suites.get(suite)
  if (suite === undefined || !state || state.started) return undefined
  state.started = true
  return { suite, modules: state.open.size }
}

/** @returns how the suite ended, if this was its last module */
export function endModuleOfSuite(
  suites: ReadonlyMap<string, SuiteState>,
  { id, suite }: ModuleListing,
  verdict: ModuleVerdict,
): { suite: string; verdict: SuiteVerdict; state: SuiteState } | undefined {
  const state = suite === undefined ? undefined : suites.get(suite)
  if (suite === undefined || !state?.open.delete(id)) return undefined
  state.ended.set(verdict, (state.ended.get(verdict) ?? 0) + 1)
  if (state.open.size > 0) return undefined
  const verdicts = [...state.ended.keys()]
  if (verdicts.every(each => each === 'not-run')) return { suite, verdict: 'not-run', state }
  return { suite, verdict: verdicts.every(each => good.has(each)) ? 'passed' : 'failed', state }
}
