import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifact } from './driver/artifact-capability.js'

export interface ArtifactFile {
  kind: Artifact['kind']
  /** File name, e.g. `screenshot.png`. */
  name: string
  /** Reads the content; undefined if there is none. */
  read: () => Promise<string | Buffer | undefined>
}

/**
 * Writes one artifact of a failure into a folder.
 * @returns undefined if it is unavailable: a missing artifact must not hide the failure that it belongs to
 */
export async function writeArtifact(
  directory: string,
  { kind, name, read }: ArtifactFile,
): Promise<Artifact | undefined> {
  const path = join(directory, name)
  try {
    const content = await read()
    if (content === undefined) return undefined
    await writeFile(path, content)
    return { kind, path }
  } catch {
    return undefined
  }
}
