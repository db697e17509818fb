import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolve } from 'import-meta-resolve'
import { hasErrorCode } from '../error/error-text.js'

/** Returns the file that `require` loads. @param from - file that requires it; absolute */
export function resolveRequire(source: string, from: string): string {
  return createRequire(from).resolve(source)
}

/**
 * Returns the file that `import` loads for a package: a package may have another one for `require`.
 * @param from - file that imports it; absolute, it does not have to exist
 * @throws what `require.resolve` throws if the package is not installed
 */
export function resolveImport(source: string, from: string): string {
  try {
    const path = fileURLToPath(resolve(source, pathToFileURL(from).href))
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path
  } catch (error) {
    if (!hasErrorCode(error, 'ERR_MODULE_NOT_FOUND')) throw error
  }
  // The bundler also accepts files without an extension, and folders.
  return resolveRequire(source, from)
}
