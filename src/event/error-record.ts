import { BatonError } from '../error/baton-error.js'
import { diskError } from '../error/write-error.js'
import type { ErrorRecord } from './run-event.js'

/** An error of Baton itself as events carry it: without a stack, which would name only files of Baton. */
export function errorRecordOf(thrown: unknown): ErrorRecord {
  const error = diskError(thrown)
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  if (!(error instanceof BatonError)) return { name, message }
  return {
    name,
    message,
    code: error.code,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.device !== undefined && { device: error.device }),
  }
}
