import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BatonError } from '../error/baton-error.js'

export interface UnpackedModule {
  /** Relative to the run's working directory. */
  file: string
  /** Root of its asset tree; absolute. */
  directory: string
  /** Path of the run's working directory in the asset tree; default: the root. */
  base?: string
}

/**
 * Explains the error of code that reads a file that was not sent with its module.
 * @returns BATON_FILE_NOT_SHIPPED with a hint and the error as its cause; other errors unchanged
 */
export function explainMissingFile(error: unknown, module: UnpackedModule): unknown {
  const path = readPath(error)
  if (path === undefined || !isInside(path, module.directory)) return error
  const source = join(module.directory, module.base ?? '', module.file)
  const name = relative(dirname(source), path)
  const explained = new BatonError('BATON_FILE_NOT_SHIPPED', `'${name}' was not sent with the module.`, {
    hint: `add "${name}" to export const files in ${module.file}`,
    cause: error,
  })
  // The stack should show the code that reads the file.
  const frames = error instanceof Error ? error.stack?.split('\n').filter(line => /^\s+at /.test(line)) : undefined
  if (frames) explained.stack = [`${explained.name}: ${explained.message}`, ...frames].join('\n')
  return explained
}

/** A module may throw anything, such as an error whose properties throw. */
function readPath(error: unknown): string | undefined {
  try {
    return missingPath(error)
  } catch {
    return undefined
  }
}

function missingPath(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path, url, requireStack } = error as MissingFileError
  if (code === 'ENOENT' && typeof path === 'string') return path
  if (code === 'ERR_MODULE_NOT_FOUND' && typeof url === 'string') return fileURLToPath(url)
  if (code !== 'MODULE_NOT_FOUND') return undefined
  // The required path is only in the message, as it was written.
  const source = /^Cannot find module '([./][^']*)'/.exec(error.message)?.[1]
  return source && resolve(dirname(requireStack?.[0] ?? '/'), source)
}

/** Properties of Node's errors for files and modules. */
interface MissingFileError extends Error {
  code?: string
  path?: unknown
  url?: unknown
  requireStack?: string[]
}

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path)
  return way !== '' && !way.startsWith('..')
}
