import { createHash } from 'node:crypto'
import { errorMessage } from '../error/error-text.js'
import { diskError } from '../error/write-error.js'
import type { RunFiles } from '../lease/run-files.js'
import type { ArtifactEvent, FileEvent, RunEvent } from '../event/run-event.js'
import type { ProjectFiles } from './project-files.js'

/** Where the files of a run go. */
export interface FileTargets {
  /** Called before the event of the file. */
  saveArtifact: (event: (ArtifactEvent | FileEvent) & RunEvent, content: AsyncIterable<Buffer>) => Promise<string>
  /** The project that written files go back to; undefined: they are kept in the report. */
  project: ProjectFiles | undefined
}

type StoredFiles = Pick<RunFiles, 'fetchArtifact' | 'dropArtifact'>

/** Delivers the file of an event, if it has one. Never rejects: the event matters more than its file. */
export async function deliverFile(
  event: RunEvent,
  targets: FileTargets,
  files: StoredFiles,
  run: string,
): Promise<RunEvent> {
  if (event.type === 'artifact') return deliverArtifact(event, files, run, targets.saveArtifact)
  if (event.type === 'file') return deliverWritten(event, targets, files, run)
  return event
}

async function deliverWritten(
  { key, ...event }: FileEvent & RunEvent,
  { saveArtifact, project }: FileTargets,
  files: StoredFiles,
  run: string,
): Promise<RunEvent> {
  if (key === undefined && event.change !== 'deleted') return event
  const content = (): AsyncIterable<Buffer> =>
    key === undefined ? nothing() : verified(files.fetchArtifact(run, key, event.bytes), event.hash)
  try {
    if (event.change === 'attached') return { ...event, place: 'report', path: await saveArtifact(event, content()) }
    const problem = project ? await project.problemOf(event) : 'this process does not run in its project'
    if (problem === undefined) {
      await project?.write(event, content())
      return { ...event, place: 'project' }
    }
    if (key === undefined) return { ...event, reason: problem }
    return { ...event, place: 'report', path: await saveArtifact(event, content()), reason: problem }
  } catch (error) {
    if (key !== undefined) await files.dropArtifact(run, key, event.bytes).catch(() => {})
    return { ...event, reason: errorMessage(diskError(error)) }
  }
}

async function* nothing(): AsyncGenerator<Buffer> {}

/**
 * Passes a file on as it was sent.
 * @param hash - SHA-256 in hex; undefined: a host of an earlier version did not send it
 * @throws Error at its end if it is not what the host sent
 */
async function* verified(content: AsyncIterable<Buffer>, hash: string | undefined): AsyncGenerator<Buffer> {
  const actual = createHash('sha256')
  for await (const part of content) {
    actual.update(part)
    yield part
  }
  if (hash !== undefined && actual.digest('hex') !== hash) throw new Error('its content is not what the host sent')
}

/**
 * Fetches the artifact of an event, writes it, and adds its path to the event. Never rejects: the event matters more than
 * its file.
 */
async function deliverArtifact(
  { key, hash, ...stored }: ArtifactEvent & RunEvent,
  files: StoredFiles,
  run: string,
  save: FileTargets['saveArtifact'],
): Promise<RunEvent> {
  const event = { ...stored, ...(stored.summary !== undefined && { finding: stored.summary }) }
  // The host could not collect it.
  if (key === undefined) return event
  try {
    return { ...event, path: await save(event, verified(files.fetchArtifact(run, key, event.bytes), hash)) }
  } catch (error) {
    await files.dropArtifact(run, key, event.bytes).catch(() => {})
    return { ...event, reason: errorMessage(diskError(error)) }
  }
}
