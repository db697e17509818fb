import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { allSettledOrThrow } from '../error/baton-error.js'
import { writing } from '../error/write-error.js'
import { formatJunit } from './junit.js'
import type { RunRecord } from './run-record.js'

/**
 * Writes `run.json` and `junit.xml` into the folder of a run's report.
 * @param junit - another file for the JUnit report, in addition
 * @throws an error for each file that cannot be written; the other files are written
 */
export async function writeReports(directory: string, record: RunRecord, junit?: string): Promise<void> {
  const xml = formatJunit(record, directory)
  const files: [file: string, text: string][] = [
    [join(directory, 'run.json'), `${JSON.stringify(record, undefined, 2)}\n`],
    [join(directory, 'junit.xml'), xml],
    ...(junit === undefined ? [] : [[junit, xml] satisfies [string, string]]),
  ]
  await allSettledOrThrow(
    files.map(async ([file, text]) =>
      writing('the report of the run', file, () => replaceFile(file, text, file === junit ? 0o666 : 0o600)),
    ),
  )
}

/** Writes a whole file: readers see the old one or the new one, also after a kill. */
export async function replaceFile(file: string, text: string | Buffer, mode: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const existing = await stat(file).catch(() => undefined)
  // A device such as /dev/stdout, or a pipe: a rename would put a file in its place.
  if (existing && !existing.isFile()) return writeFile(file, text)
  const draft = `${file}.${process.pid}.draft`
  try {
    await writeFile(draft, text, { mode })
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
