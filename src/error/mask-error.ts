import { BatonError } from './baton-error.js'
import { errorMessage } from './error-text.js'

/** The same error as far as others may see it: its texts masked, without its stack and cause. */
export function maskError(error: unknown, mask: (text: string) => string): Error {
  if (!(error instanceof BatonError)) return new Error(mask(errorMessage(error)))
  const { code, message, hint, place, device } = error
  return new BatonError(code, mask(message), {
    ...(hint !== undefined && { hint: mask(hint) }),
    ...(place && { place }),
    ...(device !== undefined && { device }),
  })
}
