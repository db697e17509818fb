import { dirname, resolve } from 'node:path'
import { BatonError, BatonErrors } from '../../error/baton-error.js'
import { findModules } from '../../module/find-modules.js'
import type { Suite, TestPlan } from './test-plan.js'

/** A suite and its files: absolute, each once, in the order in which the plan names them. */
export interface FoundSuite {
  suite: Suite
  files: string[]
}

/**
 * Finds the modules of each suite; globs are relative to the plan.
 * @throws BatonErrors BATON_NO_MODULES for each glob that matches nothing, at its place
 */
export async function findSuites(plan: TestPlan, cwd: string): Promise<FoundSuite[]> {
  const folder = resolve(cwd, dirname(plan.file))
  const faults: BatonError[] = []
  const found = await Promise.all(
    plan.suites.map(async suite => {
      const matches = await Promise.all(suite.modules.map((_, index) => matchesOf(suite, index, folder, faults)))
      return { suite, files: [...new Set(matches.flat())] }
    }),
  )
  if (faults.length > 0) throw new BatonErrors(faults)
  return found
}

/** What one glob matches, and what the suite takes away is left out. */
async function matchesOf(suite: Suite, index: number, folder: string, faults: BatonError[]): Promise<string[]> {
  const glob = suite.modules[index] ?? ''
  const takenAway = suite.modules.filter(each => each.startsWith('!'))
  if (glob.startsWith('!') && takenAway.length < suite.modules.length) return []
  try {
    return await findModules([glob, ...takenAway], folder)
  } catch (error) {
    if (!(error instanceof BatonError)) throw error
    const place = suite.places.modules[index]
    const { hint } = error
    const message = `suite '${suite.name}': ${error.message}`
    faults.push(new BatonError(error.code, message, { ...(hint !== undefined && { hint }), ...(place && { place }) }))
    return []
  }
}
