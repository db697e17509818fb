import path from 'node:path'
import { AppFileError, readAppFile, type AppContent } from '../device/app-file.js'
import { BatonError, type SourceLocation } from '../error/baton-error.js'

/** The app under test of a run. */
export interface RunApp extends AppContent {
  /** Of its file, without folders. */
  name: string
}

/** Which option or key named the app. */
export interface AppSource {
  code: 'BATON_USAGE' | 'BATON_CONFIG_INVALID'
  /** The start of error messages: `--app chat.apk`. */
  subject: string
  /** To which the file is relative. */
  folder: string
  place?: SourceLocation
}

/** Redis holds no larger value. */
const maxBytes = 512 * 1024 * 1024

/**
 * @param file - as the user wrote it
 * @throws BatonError of the source's code if the file doesn't exist or can't be installed
 */
export async function readApp(file: string, { code, subject, folder, place }: AppSource): Promise<RunApp> {
  const refused = (message: string, hint: string, cause?: unknown): BatonError =>
    new BatonError(code, `${subject}: ${message}.`, { hint, cause, ...(place && { place }) })
  try {
    const app = await readAppFile(file, folder)
    if (app.content.length > maxBytes) throw refused('it is larger than 512 MiB', 'install it by hand.')
    return { ...app, name: path.basename(file) }
  } catch (error) {
    if (!(error instanceof AppFileError)) throw error
    throw refused(error.message, error.hint, error)
  }
}
