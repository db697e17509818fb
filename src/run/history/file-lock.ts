import { open, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** A lock is held for the time of one small file: where it lasts longer than this, its holder was killed. */
const staleMs = 5_000
/** The file system tells nobody when a file goes: it is asked again after this long. */
const askAgainMs = 10

/**
 * Works while no other process holds the lock: a file that only one at a time can make.
 * @throws where the file can't be made at all
 */
export async function withFileLock(file: string, work: () => Promise<void>): Promise<void> {
  while (!(await tryCreate(file))) {
    if ((await ageMs(file)) > staleMs) await rm(file, { force: true })
    else await delay(askAgainMs)
  }
  try {
    await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function tryCreate(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx')
    await handle.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function ageMs(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  return found ? Date.now() - found.mtimeMs : 0
}
