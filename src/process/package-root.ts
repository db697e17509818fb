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
  return readManifest().version
}

/** The version of another package that this one was tested with; undefined if it does not name the package. */
export function testedVersion(name: string): string | undefined {
  const { dependencies, devDependencies } = readManifest()
  return dependencies?.[name] ?? devDependencies?.[name]
}

interface Manifest {
  version: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

function readManifest(): Manifest {
  return JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as Manifest
}

function findUpwards(directory: string): string {
  if (existsSync(path.join(directory, 'package.json'))) return directory
  const parent = path.dirname(directory)
  if (parent === directory) throw new Error('no package.json was found in any folder above the code')
  return findUpwards(parent)
}
