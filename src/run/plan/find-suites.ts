import { dirname, resolve } from 'node:path'
import { BatonError, BatonErrors, type SourceLocation } from '../../error/baton-error.js'
import { findModules } from '../../module/find-modules.js'
import type { ModuleFile } from '../../module/module-file.js'
import type { Suite, TestPlan } from './test-plan.js'

/** A suite and its files, each once, in the order in which the plan names them. */
export interface FoundSuite {
  suite: Suite
  files: ModuleFile[]
  /** Set if only some of its modules run. */
  part?: true
}

/** The globs of a suite, and where each is written. */
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
      return { suite, ...(await matchGlobs(globs, plan.file, cwd)) }
    }),
  )
  const errors = found.flatMap(suite => suite.errors)
  if (errors.length > 0) throw new BatonErrors(errors)
  return found.map(({ suite, files }) => ({ suite, files }))
}

/** The folder that the paths in a plan are relative to. */
export function planFolder(plan: string, cwd: string): string {
  return resolve(cwd, dirname(plan))
}

interface MatchedFiles {
  files: ModuleFile[]
  errors: BatonError[]
}

/** @returns the files, each once, in the order of the globs */
export async function matchGlobs(globs: SuiteGlobs, plan: string, cwd: string): Promise<MatchedFiles> {
  const folder = planFolder(plan, cwd)
  const matches = await Promise.all(
    globs.modules.map(async (_, index) => matchGlob(globs, index, glob => findModules(glob, folder, cwd))),
  )
  const files = new Map(matches.flatMap(each => each.files).map(file => [file.path, file]))
  return { files: [...files.values()], errors: matches.flatMap(each => each.errors) }
}

/** What one glob matches, without what the suite excludes. */
async function matchGlob(
  { title, modules, places }: SuiteGlobs,
  index: number,
  find: (globs: readonly string[]) => Promise<ModuleFile[]>,
): Promise<MatchedFiles> {
  const glob = modules[index] ?? ''
  const excluded = modules.filter(each => each.startsWith('!'))
  if (glob.startsWith('!') && excluded.length < modules.length) return { files: [], errors: [] }
  try {
    return { files: await find([glob, ...excluded]), errors: [] }
  } catch (error) {
    if (!(error instanceof BatonError)) throw error
    const place = places[index]
    const { hint } = error
    const details = { ...(hint !== undefined && { hint }), ...(place && { place }) }
    return { files: [], errors: [new BatonError(error.code, `${title}: ${error.message}`, details)] }
  }
}
