/** The message of whatever was thrown. */
export function errorMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  // Node's, if it tried to connect to several addresses: it has no message itself.
  if (thrown.message === '' && thrown instanceof AggregateError) return thrown.errors.map(errorMessage).join('; ')
  return thrown.message
}

/** Whether an error of the system or of a library has one of these codes, such as ENOENT. */
export function hasErrorCode(thrown: unknown, ...codes: string[]): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && codes.includes(code)
}
