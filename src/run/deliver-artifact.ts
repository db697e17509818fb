import { errorMessage } from '../error/error-text.js'
import type { RunLeases } from '../lease/run-leases.js'
import type { ArtifactEvent, RunEvent } from '../event/run-event.js'

/**
 * Writes a file of the run where its report is, part by part.
 * @returns its path below the folder of the report, with `/`
 */
export type SaveArtifact = (event: ArtifactEvent & RunEvent, content: AsyncIterable<Buffer>) => Promise<string>

/**
 * Fetches what an event tells of, has it written, and says where it is. Never rejects: what happened matters more than a
 * file that shows it.
 */
export async function deliverArtifact(
  { key, ...event }: ArtifactEvent & RunEvent,
  runs: Pick<RunLeases, 'fetchArtifact' | 'dropArtifact'>,
  run: string,
  save: SaveArtifact,
): Promise<RunEvent> {
  // What its host could not have.
  if (key === undefined) return event
  try {
    return { ...event, path: await save(event, runs.fetchArtifact(run, key, event.bytes)) }
  } catch (error) {
    await runs.dropArtifact(run, key, event.bytes).catch(() => {})
    return { ...event, reason: errorMessage(error) }
  }
}
