import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of Baton's own package.json, whether this runs from a clone or from node_modules. */
const packageRoot = findUpwards(path.dirname(fileURLToPath(import.meta.url)))

/** Absolute path of a file of the package that is not compiled. */
export function packageFile(...parts: string[]): string {
  return path.join(packageRoot, ...parts)
}

export function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  return (parsed as { version: string }).version
}

function findUpwards(directory: string): string {
  if (existsSync(path.join(directory, 'package.json'))) return directory
  const parent = path.dirname(directory)
  if (parent === directory) throw new Error('no package.json was found in any folder above the code')
  return findUpwards(parent)
}
