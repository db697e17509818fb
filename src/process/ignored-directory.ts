import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/**
 * Creates a folder for files that git should not have, with a `.gitignore` in it. A folder that exists stays as it is: it may
 * be the user's own.
 */
export async function makeIgnoredDirectory(directory: string, mode?: number): Promise<void> {
  const created = await mkdir(directory, { recursive: true, ...(mode !== undefined && { mode }) })
  if (created === undefined) return
  // If another process is faster, its file is the same. If the disk is full, what follows fails as well.
  await writeFile(join(resolve(directory), '.gitignore'), '*\n').catch(() => {})
}
