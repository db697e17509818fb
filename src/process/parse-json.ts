/**
 * Parses JSON that another process or machine wrote.
 * @returns the value, to be checked by a schema; undefined if the text is not JSON
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
