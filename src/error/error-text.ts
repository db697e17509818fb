/** The message of whatever was thrown. */
export function errorMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  // Node throws one without a message if it could connect to none of several addresses.
  if (thrown.message === '' && thrown instanceof AggregateError) return thrown.errors.map(errorMessage).join('; ')
  return thrown.message
}

/** Whether an error of the system or of a library has one of these codes, such as ENOENT. */
export function hasErrorCode(thrown: unknown, ...codes: string[]): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && codes.includes(code)
}
