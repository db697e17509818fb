import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeIgnoredDirectory } from '../process/ignored-directory.js'
import { farmPaths } from '../run/warm-farm/farm-record.js'
import { isCi } from './build-run-options.js'
import type { RunSetup } from './run-setup.js'
import { warn } from './secrets.js'

/** Prints a hint at warm farms, once in each project and only to a terminal. */
export async function hintAtWarmFarm({ settings, flags, cwd, exitCode }: RunSetup): Promise<void> {
  const { own, keepWarm } = settings
  if (exitCode === undefined || !own || keepWarm.starts || keepWarm.needsOwn !== undefined) return
  if (isCi() || flags.json || !process.stderr.isTTY) return
  const { folder, record } = farmPaths(cwd)
  const shownBefore = path.join(folder, 'keep-warm-hint')
  if (existsSync(record) || existsSync(shownBefore)) return
  try {
    await makeIgnoredDirectory(folder)
    await writeFile(shownBefore, '')
  } catch {
    // It would be shown after every run.
    return
  }
  warn('to start faster, keep the farm between runs: baton farm start, or keepWarm: true in baton.config.ts')
}
