import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { errorMessage } from '../error/error-text.js'
import { closestName } from '../error/closest-name.js'
import { readApk, type Apk } from './apk/read-apk.js'

/** The content of an app file. */
export interface AppContent {
  /** SHA-256 of the content, in hex. */
  hash: string
  content: Buffer
  apk: Apk
}

/** Why a file can't be the app under test. */
export class AppFileError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    cause?: unknown,
  ) {
    super(message, { cause })
    this.name = 'AppFileError'
  }
}

const buildOne = 'build one .apk with `bundletool build-apks --mode=universal`.'
/** Kinds of files that look installable, and why they are not. */
const bundles: Record<string, string> = {
  '.aab': 'an app bundle (.aab) cannot be installed: app stores build apps from it',
  '.apks': 'a set of split apps (.apks) cannot be installed on every phone',
}

/**
 * Reads the app under test.
 * @param file - as the user wrote it
 * @param folder - to which it is relative; default: the working directory
 * @throws AppFileError if it doesn't exist or can't be installed
 */
export async function readAppFile(file: string, folder = ''): Promise<AppContent> {
  const extension = extname(file).toLowerCase()
  const bundle = bundles[extension]
  if (bundle !== undefined) throw new AppFileError(bundle, buildOne)
  if (extension !== '.apk') {
    throw new AppFileError(`expected an .apk, found ${extension === '' ? 'no extension' : `'${extension}'`}`, anApk)
  }
  const content = await readFile(resolve(folder, file)).catch(async (cause: NodeJS.ErrnoException) => {
    throw await unreadable(file, folder, cause)
  })
  return { hash: createHash('sha256').update(content).digest('hex'), content, apk: apkOf(content) }
}

function apkOf(content: Buffer): Apk {
  try {
    return readApk(content)
  } catch (cause) {
    throw new AppFileError(errorMessage(cause), 'build or download it again.', cause)
  }
}

const anApk = 'name the .apk that your build makes.'

async function unreadable(file: string, folder: string, cause: NodeJS.ErrnoException): Promise<AppFileError> {
  if (cause.code !== 'ENOENT') return new AppFileError(`it cannot be read: ${cause.message}`, anApk, cause)
  const near = closestName(basename(file), await listFiles(resolve(folder, dirname(file))))
  const hint = near === undefined ? anApk : `did you mean '${join(dirname(file), near)}'?`
  return new AppFileError('expected an .apk, found no such file', hint, cause)
}

/** Names of the files in a folder; none if it doesn't exist. */
export async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter(entry => entry.isFile()).map(entry => entry.name)
  } catch {
    return []
  }
}
