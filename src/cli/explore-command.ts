import { BatonError } from '../error/baton-error.js'
import { exploreRequestOf, refuseRunOptions, type ExploreFlags } from './explore-flags.js'
import { runCommand } from './run-command.js'

/** `baton explore`: a run whose modules are executed in many orders. */
export async function exploreCommand(globs: string[], flags: ExploreFlags): Promise<number> {
  refuseRunOptions('explore', flags)
  if (globs.length === 0 && !flags.lastFailed && flags.wdioConfig === undefined) {
    throw new BatonError('BATON_USAGE', 'baton explore: expected the modules to explore: files, folders or globs.', {
      hint: "e.g. baton explore 'test/modules/**/*.ts'",
    })
  }
  return runCommand(globs, { ...flags, retries: 0, updateSnapshots: 'none' }, exploreRequestOf(flags))
}
