import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BatonError } from '../error/baton-error.js'
import { joinInside } from '../process/join-inside.js'
import { sha256, type Asset } from './asset.js'

/**
 * Writes the files that were sent with a module.
 * @param directory - root of the tree; created if it does not exist
 * @throws BatonError BATON_MODULE_FILES if a path leads out of the tree, or the content differs from what was sent
 */
export async function unpackFiles(files: readonly Omit<Asset, 'size'>[], directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const { path, hash, read } of files) {
    const target = pathInside(directory, path)
    if (target === resolve(directory)) throw leadsOut(path)
    const content = await read()
    if (sha256(content) !== hash) {
      throw new BatonError('BATON_MODULE_FILES', `'${path}' did not arrive as it was sent.`)
    }
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
  }
}

/**
 * Joins a module's folder and a path in it that was read from Redis.
 * @throws BatonError BATON_MODULE_FILES if it leads out of the folder
 */
export function pathInside(directory: string, path: string): string {
  const whole = joinInside(directory, path)
  if (whole === undefined) throw leadsOut(path)
  return whole
}

function leadsOut(path: string): BatonError {
  return new BatonError('BATON_MODULE_FILES', `'${path}' leads out of the module's folder.`)
}
