import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeIgnoredDirectory } from '../process/ignored-directory.js'
import { writing } from '../error/write-error.js'

/** Failures show what an app shows: only the user who started the run may read it. */
const privateMode = 0o700

/** The link to the folder of the run that started last. */
export const latestLink = 'latest'

/** Creates the folder of a run's report. If that creates the folder of all reports, git ignores it. */
export async function makeReportDirectory(directory: string): Promise<void> {
  await makeIgnoredDirectory(dirname(directory), privateMode)
  await mkdir(directory, { recursive: true, mode: privateMode })
}

/**
 * Creates the folder of a run's report, and points the link `latest` next to it there.
 * @param outputDirectory - e.g. `baton-report`
 * @returns the folder
 */
export async function createReportDirectory(outputDirectory: string, run: string): Promise<string> {
  const directory = join(outputDirectory, run)
  await writing('the report of the run', directory, () => makeReportDirectory(directory))
  // Created under another name and renamed: if two runs start at once, one wins, and the link is never missing.
  const draft = join(outputDirectory, `.latest-${run}`)
  try {
    await symlink(run, draft, 'dir')
    await rename(draft, join(outputDirectory, latestLink))
  } catch {
    // A disk without links, or a folder of that name: the report matters more than the link.
    await rm(draft, { force: true })
  }
  return directory
}
