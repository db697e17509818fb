import type { ModuleVerdict } from '../event/verdicts.js'

/** 1: a test failed. 3: nothing failed, but infrastructure kept modules from running. 0: all passed, flaky or skipped. */
export function exitCodeOfVerdicts(verdicts: Iterable<ModuleVerdict>): 0 | 1 | 3 {
  const all = new Set(verdicts)
  if (all.has('failed')) return 1
  return all.has('lost') || all.has('not-run') ? 3 : 0
}
