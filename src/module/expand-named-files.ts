import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { isDotenvFile } from './dotenv-file.js'
import type { NamedFiles } from './named-files.js'

/** Larger files, and more of them, are only sent if a module lists them. */
const maxFileBytes = 8 * 2 ** 20
const maxTotalBytes = 32 * 2 ** 20
const maxFiles = 500

/**
 * Finds the files on disk that the code of a module names.
 * @param bundled - files that are sent as code; absolute. JSON among them may be read, too
 * @returns absolute paths
 */
export async function expandNamedFiles(
  { exact, patterns, required }: NamedFiles,
  bundled: ReadonlySet<string>,
): Promise<string[]> {
  const folders = exact.filter(path => path.endsWith('/')).map(path => `${path}**`)
  const globs = [...patterns, ...folders]
  const matched = await Promise.all(
    globs.map(pattern => glob(pattern, { absolute: true, dot: false, ignore: ['**/node_modules/**'] })),
  )
  const data = matched.flat().filter(path => !/\.(?:[cm]?[jt]s|[jt]sx)$/.test(path) && !isDotenvFile(path))
  const paths = [
    ...new Set([...exact, ...data, ...required.map(({ path }) => path)].map(path => resolve(path))),
  ].filter(path => !bundled.has(path) || path.endsWith('.json'))
  const sizes = await Promise.all(paths.slice(0, maxFiles).map(async path => ({ path, bytes: await fileSize(path) })))
  let total = 0
  return sizes.flatMap(({ path, bytes }) => {
    if (bytes === undefined || bytes > maxFileBytes || total + bytes > maxTotalBytes) return []
    total += bytes
    return [path]
  })
}

/** Returns undefined if it is not a file. */
async function fileSize(path: string): Promise<number | undefined> {
  return stat(path).then(
    found => (found.isFile() ? found.size : undefined),
    () => undefined,
  )
}
