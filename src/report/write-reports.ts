import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatJunit } from './junit.js'
import type { RunRecord } from './run-record.js'

/**
 * Writes `run.json` and `junit.xml` into the folder of a run's report.
 * @param junit - another file for the JUnit report, in addition
 */
export async function writeReports(directory: string, record: RunRecord, junit?: string): Promise<void> {
  await replaceFile(join(directory, 'run.json'), `${JSON.stringify(record, undefined, 2)}\n`)
  const xml = formatJunit(record, directory)
  await replaceFile(join(directory, 'junit.xml'), xml)
  if (junit !== undefined) await replaceFile(junit, xml)
}

/** Writes a whole file: readers see the old one or the new one, also after a kill. */
async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.draft`
  try {
    await writeFile(draft, text)
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
