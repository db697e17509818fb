import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { closest, distance } from 'fastest-levenshtein'

/** The known name that was most likely meant; undefined where none is close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const candidate = closest(name, known)
  return distance(name, candidate) <= Math.max(2, Math.floor(name.length / 3)) ? candidate : undefined
}

/**
 * Mends the first part of a path that doesn't exist with the nearest name in its folder.
 * @param path - absolute; where it ends without an extension, files are compared without theirs
 */
export async function nearestPath(path: string): Promise<string | undefined> {
  const folder = dirname(path)
  if (folder === path) return undefined
  const names = await readdir(folder).catch(() => undefined)
  if (!names) return nearestPath(folder)
  const wanted = basename(path)
  const known = extname(wanted) === '' ? [...names, ...names.map(stem)] : names
  const name = nearestName(wanted, known)
  return name === undefined ? undefined : join(folder, name)
}

function stem(name: string): string {
  return name.slice(0, name.length - extname(name).length)
}
