import { tmpdir } from 'node:os'
import { BatonError } from './baton-error.js'
import { hasErrorCode } from './error-text.js'

/** What a system error means for a file that was to be written, and what to do. */
const kinds: Readonly<Record<string, [meaning: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'free space there, or use a folder on another disk'],
  EDQUOT: ['the disk quota is used up', 'free space there, or use a folder on another disk'],
  EROFS: ['the file system is read-only', 'use another folder'],
  EACCES: ['permission denied', 'allow this user to write there, or use another folder'],
  EPERM: ['permission denied', 'allow this user to write there, or use another folder'],
  ENOENT: ['its folder does not exist any more', 'do not remove the folder while Baton runs'],
  EISDIR: ['a folder has this name', 'use another name, or remove the folder'],
  EEXIST: ['a file is in the place of a folder', 'use another folder, or remove the file'],
  ENOTDIR: ['a file is in the place of a folder', 'use another folder, or remove the file'],
  ENAMETOOLONG: ['the name is too long', 'use a shorter name'],
  ELOOP: ['its symbolic links lead in a circle', 'use another folder, or remove the links'],
  EIO: ['the disk failed', 'check the disk, or use a folder on another one'],
  EMFILE: ['this process has too many open files', 'raise the limit (ulimit -n)'],
  ENFILE: ['the system has too many open files', 'close programs, or raise the limit of the system'],
}

/**
 * The clear error for a file that the system would not let us write; any other error unchanged.
 * @param what - was being written, e.g. `the events of the run`
 */
export function writeError(error: unknown, what: string, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const kind = kinds[code]
  if (!kind || error instanceof BatonError) return error
  const [meaning, hint] = kind
  return new BatonError('BATON_WRITE_FAILED', `${file}: ${what} cannot be written: ${meaning} (${code}).`, {
    hint: `${hint}.`,
    cause: error,
  })
}

/** The clear error if the disk is full or broken, whatever was written; any other error unchanged. */
export function diskError(error: unknown): unknown {
  if (!isDiskError(error)) return error
  // Node names the file only if it could not open it. Whatever has no path here is as a rule temporary.
  return writeError(error, 'a file', error.path ?? tmpdir())
}

function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  // For `watch` it means that there are too many watchers.
  const isWatch = error instanceof Error && 'syscall' in error && error.syscall === 'watch'
  return !isWatch && hasErrorCode(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO')
}

/** Runs `write`. @throws BatonError BATON_WRITE_FAILED if the system would not write the file */
export async function writing<T>(what: string, file: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    throw writeError(error, what, file)
  }
}
