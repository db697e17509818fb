import type { RunLeases } from '../lease/run-leases.js'
import type { ArtifactEvent, RunEvent } from '../event/run-event.js'

/**
 * Writes a file of the run where its report is.
 * @returns its path below the folder of the report, with `/`
 */
export type SaveArtifact = (event: ArtifactEvent & RunEvent, content: Buffer) => Promise<string>

/**
 * Fetches what an event tells of, has it written, and says where it is. Never rejects: the failure that a file explains
 * matters more than the file.
 */
export async function deliverArtifact(
  { key, ...event }: ArtifactEvent & RunEvent,
  runs: Pick<RunLeases, 'takeArtifact'>,
  run: string,
  save: SaveArtifact,
): Promise<RunEvent> {
  try {
    const content = key === undefined ? undefined : await runs.takeArtifact(run, key)
    if (!content) return { ...event, reason: 'it is no longer there' }
    return { ...event, path: await save(event, content) }
  } catch (error) {
    return { ...event, reason: error instanceof Error ? error.message : String(error) }
  }
}
