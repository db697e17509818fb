import { BatonError } from './baton-error.js'
import { errorMessage } from './error-text.js'

/** A copy for other processes: texts are masked, stack and cause are left out because they may hold secrets. */
export function maskError(error: unknown, mask: (text: string) => string): Error {
  if (!(error instanceof BatonError)) return new Error(mask(errorMessage(error)))
  const { code, message, hint, place, device } = error
  return new BatonError(code, mask(message), {
    ...(hint !== undefined && { hint: mask(hint) }),
    ...(place && { place }),
    ...(device !== undefined && { device }),
  })
}
