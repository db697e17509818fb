import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Makes the folder of a run's report, and lets the link `latest` beside it lead there.
 * @param outputDirectory - e.g. `baton-report`
 * @returns the folder
 */
export async function createReportDirectory(outputDirectory: string, run: string): Promise<string> {
  const directory = join(outputDirectory, run)
  await mkdir(directory, { recursive: true })
  // Made beside and renamed: of two runs that start at once, one wins, and the link is never missing.
  const draft = join(outputDirectory, `.latest-${run}`)
  try {
    await symlink(run, draft, 'dir')
    await rename(draft, join(outputDirectory, 'latest'))
  } catch {
    // A disk without links, or a folder of that name: the report itself is worth more than a link to it.
    await rm(draft, { force: true })
  }
  return directory
}
