import { open, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** A lock is held for the time of one small file: where it lasts longer than this, its holder was killed. */
const staleMs = 5_000
/** The file system tells nobody when a file goes: it is asked again after this long. */
const askAgainMs = 10

/** A file that only one process at a time can make; the one that made it may go on. */
export class FileLock implements AsyncDisposable {
  private constructor(private readonly file: string) {}

  /** @throws where the file can't be made at all */
  static async take(file: string): Promise<FileLock> {
    for (;;) {
      try {
        const handle = await open(file, 'wx')
        await handle.close()
        return new FileLock(file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      if ((await ageMs(file)) > staleMs) await rm(file, { force: true })
      else await delay(askAgainMs)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.file, { force: true })
  }
}

async function ageMs(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  return found ? Date.now() - found.mtimeMs : 0
}
