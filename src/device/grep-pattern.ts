/**
 * Reads a pattern for titles of tests as mocha reads `grep`: a text, or `/text/flags`.
 *
 * @throws SyntaxError if it is not a regular expression
 */
export function grepPattern(text: string): RegExp {
  const [, body, flags] = /^\/(.+)\/([a-z]*)$/.exec(text) ?? []
  return new RegExp(body ?? text, flags)
}
