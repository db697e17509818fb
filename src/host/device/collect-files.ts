import { mkdtemp, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Artifact } from '../../device/driver/artifact-capability.js'
import type { ArtifactKind } from '../../event/run-event.js'

/** One file about a device, as it was when something failed. */
export interface CollectedFile {
  kind: ArtifactKind
  /** As the driver calls it: `screenshot.png`. */
  name: string
  content: Buffer
  summary?: string
  deviceFault?: true
}

/**
 * What a driver writes about its device; nothing of it stays on the disk.
 * @param parent - of the folder that it is written into
 */
export async function collectFiles(
  parent: string,
  collect: (directory: string) => Promise<Artifact[]>,
): Promise<CollectedFile[]> {
  const directory = await mkdtemp(path.join(parent, 'failure-'))
  try {
    const artifacts = await collect(directory)
    return await Promise.all(
      artifacts.map(async ({ path: file, ...artifact }) => {
        const content = await readFile(file)
        return { ...artifact, name: path.basename(file), content }
      }),
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
