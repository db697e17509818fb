import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Module file → milliseconds it took when it last passed. */
export type Durations = Record<string, number>

/** Oldest entries go first beyond this, so that renamed modules don't pile up. */
const mostEntries = 10_000

/** Reads past durations; a history that is missing or broken is no history, never an error. */
export async function readDurations(file: string): Promise<Durations> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'))
    const entries = Object.entries((parsed as { durations?: object }).durations ?? {})
    return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
  } catch {
    return {}
  }
}

/**
 * Adds what this run measured; where that can't be written, the run's results are worth more than a guess at the next one's.
 * Written beside and renamed, so that a kill leaves the old or the new history.
 */
export async function rememberDurations(file: string, measured: Durations): Promise<void> {
  const before = await readDurations(file)
  for (const name of Object.keys(measured)) delete before[name]
  const entries = [...Object.entries(before), ...Object.entries(measured)].slice(-mostEntries)
  const draft = `${file}.${process.pid}`
  try {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(draft, JSON.stringify({ durations: Object.fromEntries(entries) }, undefined, 1))
    await rename(draft, file)
  } catch {
    await rm(draft, { force: true }).catch(() => {})
  }
}
