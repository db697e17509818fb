import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BatonError } from '../error/baton-error.js'

export interface UnpackedModule {
  /** As the user knows it, relative to where the run was started. */
  file: string
  /** Root of the tree in which its files were unpacked; absolute. */
  directory: string
  /** Place in the tree of the folder where the run was started; default: the root. */
  base?: string
}

/**
 * Explains the error of code that reads a file which did not travel.
 * @returns BATON_FILE_NOT_SHIPPED with what to add and the error as its cause, or the error as it came
 */
export function explainMissingFile(error: unknown, module: UnpackedModule): unknown {
  const path = missingPath(error)
  if (path === undefined || !isInside(path, module.directory)) return error
  const source = join(module.directory, module.base ?? '', module.file)
  const name = relative(dirname(source), path)
  const explained = new BatonError('BATON_FILE_NOT_SHIPPED', `'${name}' did not travel with the module.`, {
    hint: `add "${name}" to export const files in ${module.file}`,
    cause: error,
  })
  // The place that read it is what people look for.
  const frames = error instanceof Error ? error.stack?.split('\n').filter(line => /^\s+at /.test(line)) : undefined
  if (frames) explained.stack = [`${explained.name}: ${explained.message}`, ...frames].join('\n')
  return explained
}

function missingPath(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path, url, requireStack } = error as MissingFileError
  if (code === 'ENOENT' && typeof path === 'string') return path
  if (code === 'ERR_MODULE_NOT_FOUND' && typeof url === 'string') return fileURLToPath(url)
  if (code !== 'MODULE_NOT_FOUND') return undefined
  // What was required is only in the text, as it was written.
  const source = /^Cannot find module '([./][^']*)'/.exec(error.message)?.[1]
  return source && resolve(dirname(requireStack?.[0] ?? '/'), source)
}

/** What Node's file and module errors carry. */
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
