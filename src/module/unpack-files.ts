import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { BatonError } from '../error/baton-error.js'
import { sha256, type Asset } from './asset.js'

/**
 * Writes files that travelled with a module.
 * @param directory - root of the tree; made where it isn't there
 * @throws BatonError BATON_MODULE_FILES where a path leads out of the tree or the content isn't what was sent
 */
export async function unpackFiles(files: readonly Omit<Asset, 'size'>[], directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const { path, hash, read } of files) {
    // The path comes out of Redis.
    if (isAbsolute(path) || normalize(path).split('/')[0] === '..') {
      throw new BatonError('BATON_MODULE_FILES', `'${path}' leads out of the module's folder.`)
    }
    const content = await read()
    if (sha256(content) !== hash) {
      throw new BatonError('BATON_MODULE_FILES', `'${path}' did not arrive as it was sent.`)
    }
    const target = join(directory, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
  }
}
