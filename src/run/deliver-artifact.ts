import { errorMessage } from '../error/error-text.js'
import type { RunFiles } from '../lease/run-files.js'
import type { ArtifactEvent, RunEvent } from '../event/run-event.js'

/**
 * Writes a file into the report of the run, part by part.
 * @returns its path below the folder of the report, with `/`
 */
export type SaveArtifact = (event: ArtifactEvent & RunEvent, content: AsyncIterable<Buffer>) => Promise<string>

/**
 * Fetches the artifact of an event, writes it, and adds its path to the event. Never rejects: the event matters more than
 * its file.
 */
export async function deliverArtifact(
  { key, ...stored }: ArtifactEvent & RunEvent,
  files: Pick<RunFiles, 'fetchArtifact' | 'dropArtifact'>,
  run: string,
  save: SaveArtifact,
): Promise<RunEvent> {
  const event = { ...stored, ...(stored.summary !== undefined && { finding: stored.summary }) }
  // The host could not collect it.
  if (key === undefined) return event
  try {
    return { ...event, path: await save(event, files.fetchArtifact(run, key, event.bytes)) }
  } catch (error) {
    await files.dropArtifact(run, key, event.bytes).catch(() => {})
    return { ...event, reason: errorMessage(error) }
  }
}
