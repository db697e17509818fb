import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { closestName } from '../error/closest-name.js'

/**
 * Suggests an existing path for one that does not exist: its first missing part is replaced by the closest name.
 * @param path - absolute; if it has no extension, files are compared without theirs
 */
export async function nearestPath(path: string): Promise<string | undefined> {
  const folder = dirname(path)
  if (folder === path) return undefined
  const names = await readdir(folder).catch(() => undefined)
  if (!names) return nearestPath(folder)
  const wanted = basename(path)
  const known = extname(wanted) === '' ? [...names, ...names.map(stem)] : names
  const name = closestName(wanted, known)
  return name === undefined ? undefined : join(folder, name)
}

function stem(name: string): string {
  return name.slice(0, name.length - extname(name).length)
}
