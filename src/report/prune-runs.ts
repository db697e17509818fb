import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** As `createRunId` makes them: they sort by time. Nothing else in the folder is touched. */
const runName = /^\d{8}-\d{6}-[0-9a-f]{8}$/
/** A run that has written nothing for so long, and no end, was killed. Milliseconds. */
const killedAfterMs = 24 * 60 * 60 * 1_000

/**
 * Removes the reports of all but the newest runs. Those of runs that may still be going on stay.
 * @param keep - how many to keep
 */
export async function pruneRuns(outputDirectory: string, keep: number, now: number): Promise<void> {
  const names = await readdir(outputDirectory).catch(() => [])
  const runs = names.filter(name => runName.test(name)).toSorted()
  for (const run of runs.slice(0, Math.max(0, runs.length - keep))) {
    const directory = join(outputDirectory, run)
    // Someone may have it open, or be removing it too: the next run tries again.
    if (await hasEnded(directory, now)) await rm(directory, { recursive: true, force: true }).catch(() => {})
  }
}

async function hasEnded(directory: string, now: number): Promise<boolean> {
  if (await exists(join(directory, 'run.json'))) return true
  const events = await stat(join(directory, 'events.ndjson')).catch(() => undefined)
  const { mtimeMs = now } = events ?? (await stat(directory).catch(() => undefined)) ?? {}
  return now - mtimeMs > killedAfterMs
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
