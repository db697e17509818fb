import type { FoundSuite } from '../plan/find-suites.js'

/**
 * What of a plan runs again: of each suite the modules that failed last time, and whole each suite that these need, as nobody
 * else makes what they build on. Pure.
 * @param hasFailed - last time, by the absolute path of a module
 */
export function failedSuites<S extends FoundSuite>(suites: readonly S[], hasFailed: (file: string) => boolean): S[] {
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
