import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BatonError } from '../error/baton-error.js'
import { isDotenvFile } from './dotenv-file.js'

export interface UnpackedModule {
  /** Relative to the run's working directory. */
  file: string
  /** Root of its asset tree; absolute. */
  directory: string
  /** Path of the run's working directory in the asset tree; default: the root. */
  base?: string
  /** Files of the project that were not sent; paths in the asset tree. */
  unsent?: readonly string[]
  /** Whether `unsent` lists all of them. */
  unsentComplete?: boolean
}

/** What is known about the files that a module used. */
export interface FileUses {
  /** Whether it opened the file for writing. */
  wrote(file: string): boolean
  /** Called with the file or folder that an error is explained by. */
  explained(file: string): void
}

/**
 * Explains the error of code that uses a file that was not sent with its module: by reading or importing it, by opening it as
 * a page, or by typing its path into a file field.
 * @returns BATON_FILE_NOT_SHIPPED with a hint and the error as its cause; other errors unchanged
 */
export function explainMissingFile(error: unknown, module: UnpackedModule, uses?: FileUses): unknown {
  const missing = readPath(error)
  if (missing === undefined) return error
  const path = resolve(missing.path)
  const isForeign = !isInside(path, module.directory)
  if (missing.inBrowser && (isForeign || !isAbsolute(missing.path))) return browserError(error, missing.path)
  if (isForeign) return error
  const problem = problemOf(path, missing, module, uses)
  if (!problem) return error
  uses?.explained(path)
  const explained = new BatonError('BATON_FILE_NOT_SHIPPED', problem.message, { hint: problem.hint, cause: error })
  return withFramesOf(error, explained)
}

/** How to send a file or a glob; absolute. */
export function unsentHint({ file, directory, base = '' }: UnpackedModule, path: string): string {
  const name = relative(dirname(join(directory, base, file)), path).replaceAll(sep, '/')
  const add = `add "${name}" to export const files in ${file}`
  if (!isDotenvFile(path)) return add
  return `name its variables with --env NAME; or ${add}: its values are then masked in reports`
}

interface Problem {
  message: string
  hint: string
}

function problemOf(path: string, missing: MissingPath, module: UnpackedModule, uses?: FileUses): Problem | undefined {
  const inProject = (file: string): string => join(module.directory, file)
  const unsent = module.unsent ?? []
  const source = join(module.directory, module.base ?? '', module.file)
  const name = relative(dirname(source), path).replaceAll(sep, '/')
  const notSent = `'${name === '' ? '.' : name}' was not sent with the module.`
  if (unsent.some(file => inProject(file) === path)) return { message: notSent, hint: unsentHint(module, path) }
  if (unsent.some(file => inProject(file).startsWith(path + sep))) {
    return { message: notSent, hint: unsentHint(module, `${path}/**`) }
  }
  if (missing.inBrowser && existsSync(path)) {
    const hint =
      'the browser is on another machine: upload the file with browser.uploadFile(), and use the path that it returns'
    return { message: `the browser can't find '${name}'.`, hint }
  }
  if (missing.writes || module.unsentComplete || uses?.wrote(path)) return undefined
  const hint = `if the project has it, ${unsentHint(module, path)}`
  return { message: `'${name}' doesn't exist where the module runs.`, hint }
}

/** The driver can't find a file outside of the module's folder: its path means another machine, or another folder. */
function browserError(error: unknown, path: string): unknown {
  const hint = isAbsolute(path)
    ? 'a path of another machine means nothing here: send the file with export const files, and use its path in the module'
    : `write an absolute path: path.resolve('${path}')`
  const message = `the browser can't find '${path}'.`
  return withFramesOf(error, new BatonError('BATON_FILE_NOT_SHIPPED', message, { hint, cause: error }))
}

/** The stack should show the code that uses the file. */
function withFramesOf(error: unknown, explained: BatonError): BatonError {
  const frames = error instanceof Error ? error.stack?.split('\n').filter(line => /^\s+at /.test(line)) : undefined
  if (frames) explained.stack = [`${explained.name}: ${explained.message}`, ...frames].join('\n')
  return explained
}

interface MissingPath {
  path: string
  /** The browser or its driver looked for it. */
  inBrowser?: boolean
  /** The failed call creates what it names. */
  writes?: boolean
}

/** A module may throw anything, such as an error whose properties throw. */
function readPath(error: unknown): MissingPath | undefined {
  try {
    return missingPath(error)
  } catch {
    return undefined
  }
}

function missingPath(error: unknown): MissingPath | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path, url, syscall, requireStack } = error as MissingFileError
  if (code === 'ENOENT' && typeof path === 'string') return { path, writes: creating.has(String(syscall)) }
  if (code === 'ERR_MODULE_NOT_FOUND' && typeof url === 'string') return { path: fileURLToPath(url) }
  if (code !== 'MODULE_NOT_FOUND') return browserPath(error.message)
  // The required path is only in the message, as it was written.
  const source = /^Cannot find module '([./][^']*)'/.exec(error.message)?.[1]
  return source === undefined ? undefined : { path: resolve(dirname(requireStack?.[0] ?? '/'), source) }
}

/** System calls that fail because the folder is missing in which they create something. */
const creating: ReadonlySet<string> = new Set(['mkdir', 'mkdtemp', 'symlink', 'link'])

/** As ChromeDriver reports a path that was typed into a file field, and the address of a page that is not there. */
function browserPath(message: string): MissingPath | undefined {
  const typed = /\bFile not found : ([^\n]+)/.exec(message)?.[1]
  if (typed !== undefined) return { path: typed.trim(), inBrowser: true }
  if (!message.includes('ERR_FILE_NOT_FOUND')) return undefined
  const url = /file:\/\/[^\s"'\\]+/.exec(message)?.[0]
  return url === undefined ? undefined : { path: fileURLToPath(url.replace(/[?#].*/, '')), inBrowser: true }
}

/** Properties of Node's errors for files and modules. */
interface MissingFileError extends Error {
  code?: string
  path?: unknown
  url?: unknown
  syscall?: unknown
  requireStack?: string[]
}

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path)
  return way !== '' && !way.startsWith('..')
}
