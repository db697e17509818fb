import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ArtifactEvent } from '../event/run-event.js'
import { artifactPath, UniqueNames } from './artifact-path.js'

/** Files that explain failures: `artifacts/<module>/<attempt>/<test>/<role>-screenshot.png` in a run's report. */
export class ArtifactFolder {
  readonly #names = new UniqueNames()

  /** @param directory - of the report */
  constructor(private readonly directory: string) {}

  /**
   * @param file - of the module, as the user knows it
   * @returns the path below the report, with `/`
   */
  async save(event: ArtifactEvent, file: string, content: Buffer): Promise<string> {
    const path = artifactPath(event, file, this.#names)
    const whole = join(this.directory, path)
    await mkdir(dirname(whole), { recursive: true })
    await writeFile(whole, content)
    return path
  }
}
