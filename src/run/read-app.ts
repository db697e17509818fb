import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { appFault } from '../device/app-fault.js'
import { BatonError } from '../error/baton-error.js'

/** The app under test, as a run brings it along. */
export interface RunApp {
  /** Of its content. */
  hash: string
  /** Of its file, without folders. */
  name: string
  content: Buffer
}

/** Redis holds no larger value. */
const mostBytes = 512 * 1024 * 1024

/** @throws BatonError BATON_USAGE where the file is not there or none that can be installed */
export async function readApp(file: string): Promise<RunApp> {
  const fault = appFault(file)
  if (fault !== undefined) throw new BatonError('BATON_USAGE', `--app ${file}: ${fault}.`)
  const content = await readFile(file).catch((cause: Error) => {
    throw new BatonError('BATON_USAGE', `--app ${file}: ${cause.message}.`, { cause })
  })
  if (content.length > mostBytes) throw new BatonError('BATON_USAGE', `--app ${file}: it is larger than 512 MiB.`)
  return { hash: createHash('sha256').update(content).digest('hex'), name: path.basename(file), content }
}
