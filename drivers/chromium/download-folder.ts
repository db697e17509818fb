import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder into which a device's browser saves downloads, so that they reach neither the user nor the next module. */
export class DownloadFolder {
  constructor(readonly path: string) {}

  /** For a new session: makes it, or makes it again. */
  async renew(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
    await mkdir(this.path, { recursive: true })
  }

  /** @throws if a download is still in progress: it would reach the next module */
  async empty(): Promise<void> {
    const names = await readdir(this.path)
    if (names.some(name => name.endsWith('.crdownload'))) throw new Error('a download is in progress')
    await Promise.all(names.map(async name => rm(join(this.path, name), { recursive: true, force: true })))
  }
}
