import { access, constants, mkdir, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { BatonError } from '../error/baton-error.js'
import { hasErrorCode, errorMessage } from '../error/error-text.js'

/**
 * Looks whether a folder can be written to, or made, and leaves things as they are: better before a run than at its end.
 * @param option - that named it, for the message
 * @throws BatonError BATON_USAGE
 */
export async function assertWritable(option: string, folder: string): Promise<void> {
  try {
    const { nearest, missing } = await nearestExistingFolder(path.resolve(folder))
    await access(nearest, constants.W_OK)
    if (missing !== undefined) await assertCreatable(missing)
  } catch (cause) {
    const why = errorMessage(cause)
    throw new BatonError('BATON_USAGE', `${option}: '${folder}' cannot be written to: ${why}.`, {
      hint: 'name a folder that this user may write to.',
      cause,
    })
  }
}

/** @returns the nearest one that is there, and what would have to be made in it first */
async function nearestExistingFolder(folder: string, missing?: string): Promise<{ nearest: string; missing?: string }> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!found) return nearestExistingFolder(path.dirname(folder), folder)
  if (!found.isDirectory()) throw new Error(`${folder} is no folder`)
  return { nearest: folder, ...(missing !== undefined && { missing }) }
}

/**
 * Rights don't tell: in a folder such as /proc nothing can be made, and Node's recursive mkdir would try again for ever.
 * Another run may make or remove the same one just now.
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
