import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { makeIgnoredDirectory } from '../../process/ignored-directory.js'
import { identitySchema } from '../../process/process-identity.js'

const recordVersion = 1

/** What the process of a warm farm writes into its project for those who want to use it. */
const recordSchema = identitySchema.extend({
  recordVersion: z.literal(recordVersion),
  /** Unique to this start. */
  id: z.string(),
  /** The project: absolute, without symbolic links. */
  directory: z.string(),
  /** When it was ready: an ISO 8601 time. */
  since: z.string(),
  /** Milliseconds without a user after which it ends. */
  idleMs: z.number(),
  /** Unix socket of its process. */
  socket: z.string(),
  redisUrl: z.string(),
  exclusive: z.array(z.string()),
  facts: z.record(z.string(), z.string()),
})

export type FarmRecord = z.infer<typeof recordSchema>

/** The files of a project's warm farm. */
export interface FarmPaths {
  folder: string
  record: string
  /** Held by its process for as long as it lives. */
  lock: string
  log: string
  /** The log of the farm before it, which may have died. */
  previousLog: string
}

/** @param directory - of the project; absolute */
export function farmPaths(directory: string): FarmPaths {
  const folder = path.join(directory, '.baton')
  const inFolder = (name: string): string => path.join(folder, name)
  return {
    folder,
    record: inFolder('farm.json'),
    lock: inFolder('farm.lock'),
    log: inFolder('farm.log'),
    previousLog: inFolder('farm.previous.log'),
  }
}

/** @returns undefined if there is none; `foreign`: another user's; `unreadable`: of another version of Baton */
export async function readFarmRecord({
  record,
}: FarmPaths): Promise<FarmRecord | 'foreign' | 'unreadable' | undefined> {
  const { uid } = (await stat(record).catch(() => undefined)) ?? {}
  if (uid === undefined) return undefined
  if (process.getuid && uid !== process.getuid()) return 'foreign'
  const text = await readFile(record, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return recordSchema.parse(JSON.parse(text))
  } catch {
    return 'unreadable'
  }
}

/** Writes another file and renames it, so that readers find a whole one. */
export async function writeFarmRecord(
  { folder, record }: FarmPaths,
  content: Omit<FarmRecord, 'recordVersion'>,
): Promise<void> {
  await makeIgnoredDirectory(folder)
  const draft = `${record}.${content.id}.draft`
  try {
    await writeFile(draft, `${JSON.stringify({ recordVersion, ...content }, undefined, 2)}\n`, { mode: 0o600 })
    await rename(draft, record)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Removes the record of this start, and never that of a later one. */
export async function removeFarmRecord(paths: FarmPaths, id: string): Promise<void> {
  const found = await readFarmRecord(paths)
  if (typeof found === 'object' && found.id === id) await rm(paths.record, { force: true })
}
