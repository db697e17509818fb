import { access, constants, stat } from 'node:fs/promises'
import path from 'node:path'
import { BatonError } from '../error/baton-error.js'

/**
 * Looks whether a folder can be written to, or made, without making it: better before a run than at its end.
 * @param option - that named it, for the message
 * @throws BatonError BATON_USAGE
 */
export async function refuseUnwritable(option: string, folder: string): Promise<void> {
  try {
    await access(await nearestFolder(path.resolve(folder)), constants.W_OK)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BatonError('BATON_USAGE', `${option}: '${folder}' cannot be written to: ${why}.`, { cause })
  }
}

async function nearestFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!found) return nearestFolder(path.dirname(folder))
  if (!found.isDirectory()) throw new Error(`${folder} is no folder`)
  return folder
}
