import { dirname, resolve } from 'node:path'
import { BatonError, BatonErrors, type SourceLocation } from '../../error/baton-error.js'
import { findModules } from '../../module/find-modules.js'
import type { Suite, TestPlan } from './test-plan.js'

/** A suite and its files: absolute, each once, in the order in which the plan names them. */
export interface FoundSuite {
  suite: Suite
  files: string[]
  /** Only some of its modules are to run. */
  part?: true
}

/** The globs of a suite, and where each stands. */
export interface SuiteGlobs {
  /** As messages call it: `suite 'calls'`. */
  title: string
  modules: readonly string[]
  places: readonly SourceLocation[]
}

/**
 * Finds the modules of each suite; globs are relative to the plan.
 * @throws BatonErrors BATON_NO_MODULES for each glob that matches nothing, at its place
 */
export async function findSuites(plan: TestPlan, cwd: string): Promise<FoundSuite[]> {
  const found = await Promise.all(
    plan.suites.map(async suite => {
      const { name, modules, places } = suite
      const globs = { title: `suite '${name}'`, modules, places: places.modules }
      return { suite, ...(await matchGlobs(globs, planFolder(plan.file, cwd))) }
    }),
  )
  const faults = found.flatMap(suite => suite.faults)
  if (faults.length > 0) throw new BatonErrors(faults)
  return found.map(({ suite, files }) => ({ suite, files }))
}

/** What the globs of a plan are relative to. */
export function planFolder(plan: string, cwd: string): string {
  return resolve(cwd, dirname(plan))
}

/** Files are absolute, each once, in the order of the globs. */
export async function matchGlobs(
  globs: SuiteGlobs,
  folder: string,
): Promise<{ files: string[]; faults: BatonError[] }> {
  const matches = await Promise.all(globs.modules.map((_, index) => matchGlob(globs, index, folder)))
  const files = [...new Set(matches.flatMap(each => each.files))]
  return { files, faults: matches.flatMap(each => each.faults) }
}

/** What one glob matches, and what the suite takes away is left out. */
async function matchGlob(
  { title, modules, places }: SuiteGlobs,
  index: number,
  folder: string,
): Promise<{ files: string[]; faults: BatonError[] }> {
  const glob = modules[index] ?? ''
  const takenAway = modules.filter(each => each.startsWith('!'))
  if (glob.startsWith('!') && takenAway.length < modules.length) return { files: [], faults: [] }
  try {
    return { files: await findModules([glob, ...takenAway], folder), faults: [] }
  } catch (error) {
    if (!(error instanceof BatonError)) throw error
    const place = places[index]
    const { hint } = error
    const details = { ...(hint !== undefined && { hint }), ...(place && { place }) }
    return { files: [], faults: [new BatonError(error.code, `${title}: ${error.message}`, details)] }
  }
}
