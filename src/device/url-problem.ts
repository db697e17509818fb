import { serversIn } from './references.js'

/** @returns what was expected instead, or undefined if the text is a URL of one of the protocols */
export function urlProblem(text: string, protocols: readonly string[], example: string): string | undefined {
  // A server's URL is not known yet; any will do to check the rest.
  const whole = serversIn(text).length > 0 ? text.replaceAll(/\$\{server:[^}]*\}/g, 'http://127.0.0.1:1') : text
  const parsed = URL.canParse(whole) ? new URL(whole) : undefined
  if (parsed !== undefined && protocols.includes(parsed.protocol)) return undefined
  const port = /^[a-z]+:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(whole)?.[1]
  if (port !== undefined && Number(port) > 65_535) return 'expected a port from 1 to 65535'
  return `expected a URL such as ${example}`
}

/** A JSON text without user and password of the URLs in it, also of those that are not valid. */
export function withoutLogin(text: string): string {
  return text.replaceAll(/((?:^|")(?:[a-z][a-z+.-]*:(?:\/\/)?)?)(?:\\.|[^"\\])*@/gi, '$1…@')
}
