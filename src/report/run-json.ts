import { join } from 'node:path'
import type { RunRecord } from './run-record.js'
import { replaceFile } from './replace-file.js'

/** Writes `run.json` into the folder of a run's report. */
export async function writeRunJson(directory: string, record: RunRecord): Promise<void> {
  await replaceFile(join(directory, 'run.json'), `${JSON.stringify(record, undefined, 2)}\n`)
}
