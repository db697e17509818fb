import { countOf } from '../../error/closest-name.js'
import type { ModuleFile } from '../../module/module-file.js'
import type { History } from '../history/history.js'
import type { FoundSuite } from '../plan/find-suites.js'

export interface SelectedFiles {
  files: ModuleFile[]
  /** Lines about the selection to show to the user. */
  notes: string[]
}

/** @param every - the run covers every device: a failure on any of them counts */
export function hasFailedLastTime(history: History, file: string, every: boolean): boolean {
  return history.hasFailed(file) || (every && history.failedDevices(file).length > 0)
}

/**
 * @param hasFailed - last time
 * @param missing - names of files that failed last time and no longer exist
 */
export function selectFailed(
  files: readonly ModuleFile[],
  hasFailed: (file: ModuleFile) => boolean,
  missing: readonly string[],
): SelectedFiles {
  const failed = files.filter(hasFailed)
  const gone = missing.map(name => `${name} failed last time, but no longer exists`)
  const found =
    failed.length === 0 ? 'no module failed last time' : `${countOf(failed.length, 'module')} failed last time`
  return { files: failed, notes: [...gone, found] }
}

/**
 * Selects the part of a plan that runs again: the modules of each suite that failed last time, and all modules of the suites that
 * these need, because nothing else prepares what they build on. Pure.
 * @param hasFailed - last time
 */
export function selectFailedSuites<S extends FoundSuite>(
  suites: readonly S[],
  hasFailed: (file: ModuleFile) => boolean,
): S[] {
  const failed = suites.map(found => ({ ...found, files: found.files.filter(hasFailed), part: true as const }))
  const byName = new Map(suites.map(({ suite }) => [suite.name, suite]))
  const needed = new Set<string>()
  const need = (names: readonly string[]): void => {
    for (const name of names) {
      if (needed.has(name)) continue
      needed.add(name)
      need(byName.get(name)?.needs ?? [])
    }
  }
  need(failed.flatMap(({ suite, files }) => (files.length > 0 ? suite.needs : [])))
  return suites.flatMap((whole, index) => {
    const part = failed[index]
    if (needed.has(whole.suite.name)) return [whole]
    return part && part.files.length > 0 ? [part] : []
  })
}
