import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { writing } from '../error/write-error.js'
import type { ArtifactEvent, FileEvent } from '../event/run-event.js'
import { artifactPath, UniqueNames, writtenFilePath } from './artifact-path.js'

/** Artifacts of a run: `artifacts/<module>/<attempt>/<test>/<role>-screenshot.png` in its report. */
export class ArtifactFolder {
  readonly #names = new UniqueNames()

  /** @param directory - of the report */
  constructor(private readonly directory: string) {}

  /**
   * @param file - of the module, as shown to the user
   * @returns the path below the report, with `/`
   * @throws what the content throws; nothing is left then
   */
  async save(event: ArtifactEvent | FileEvent, file: string, content: AsyncIterable<Buffer>): Promise<string> {
    const isFile = event.type === 'file'
    const path = isFile ? writtenFilePath(event, file, this.#names) : artifactPath(event, file, this.#names)
    const whole = join(this.directory, path)
    try {
      await writing('an artifact of the run', whole, async () => {
        await mkdir(dirname(whole), { recursive: true })
        await pipeline(content, createWriteStream(whole))
      })
    } catch (error) {
      await rm(whole, { force: true })
      throw error
    }
    return path
  }
}
