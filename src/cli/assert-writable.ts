import { access, constants, mkdir, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { BatonError } from '../error/baton-error.js'
import { hasErrorCode, errorMessage } from '../error/error-text.js'
import type { ReporterFlags } from './create-reporter.js'
import { diskError } from '../error/write-error.js'

/**
 * Checks that a folder can be written to, or created, without changing anything: before a run rather than at its end.
 * @param option - that named it, for the message
 * @throws BatonError BATON_USAGE, or BATON_WRITE_FAILED if the disk is full or broken
 */
export async function assertWritable(option: string, folder: string): Promise<void> {
  try {
    const { nearest, missing } = await nearestExistingFolder(path.resolve(folder))
    await access(nearest, constants.W_OK)
    if (missing !== undefined) await assertCreatable(missing)
  } catch (cause) {
    const error = diskError(cause)
    if (error instanceof BatonError) throw error
    const why = errorMessage(cause)
    throw new BatonError('BATON_USAGE', `${option}: '${folder}' cannot be written to: ${why}.`, {
      hint: 'name a folder that this user may write to.',
      cause,
    })
  }
}

/** The same for the files that `--reporter` names. */
export async function assertReportersWritable({ reporter = [] }: Pick<ReporterFlags, 'reporter'>): Promise<void> {
  for (const { file } of reporter) if (file !== undefined) await assertWritable('--reporter', path.dirname(file))
}

/** @returns the nearest folder that exists, and the first one to create in it */
async function nearestExistingFolder(folder: string, missing?: string): Promise<{ nearest: string; missing?: string }> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!found) return nearestExistingFolder(path.dirname(folder), folder)
  if (!found.isDirectory()) throw new Error(`${folder} is not a folder`)
  return { nearest: folder, ...(missing !== undefined && { missing }) }
}

/**
 * Permissions are not enough: in a folder such as /proc nothing can be created, and Node's recursive mkdir would try
 * again forever. Another run may create or remove the same folder at this moment.
 */
async function assertCreatable(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error
    return
  }
  await rmdir(folder).catch(() => {})
}
