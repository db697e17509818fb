/** The kinds of request that a gateway gets. */
export type Route =
  | { kind: 'command'; sessionId: string; path: string }
  | { kind: 'end-session'; sessionId: string }
  | { kind: 'owned-session'; sessionId: string }
  | { kind: 'new-session' }
  | { kind: 'status' }
  | { kind: 'control'; action: string }
  | { kind: 'ping'; nonce: string }
  | { kind: 'unknown' }

const sessionPath = /^\/session\/([^/?#]+)([^?#]*)/
const controlPath = /^\/baton\/([a-z]+)$/
const pingPath = /^\/baton\/ping\/([0-9a-f]{32})$/

/**
 * Parses a request line. The bare path of a session with any method but GET can only end it (Appium also honours
 * `X-HTTP-Method-Override`), and Appium's router ignores slashes at the end: all of that is `end-session` or `owned-session`.
 * @param url - as in the request line: path and query
 */
export function parseRoute(method: string, url: string): Route {
  const control = controlPath.exec(url)
  if (control?.[1] !== undefined && method === 'POST') return { kind: 'control', action: control[1] }
  const ping = pingPath.exec(url)
  if (ping?.[1] !== undefined && method === 'GET') return { kind: 'ping', nonce: ping[1] }
  const match = sessionPath.exec(url)
  if (match?.[1] !== undefined) {
    const path = (match[2] ?? '').replace(/\/+$/, '')
    if (path === '' && method === 'DELETE') return { kind: 'end-session', sessionId: match[1] }
    if (path === '' && method !== 'GET') return { kind: 'owned-session', sessionId: match[1] }
    return { kind: 'command', sessionId: match[1], path }
  }
  if (method === 'GET' && /^\/status\/*(?:\?|$)/.test(url)) return { kind: 'status' }
  return method === 'POST' && /^\/session\/*(?:\?|$)/.test(url) ? { kind: 'new-session' } : { kind: 'unknown' }
}

/** The session of a BiDi upgrade request. */
export function bidiSessionOf(url: string): string | undefined {
  return /^\/bidi\/([^/?#]+)$/.exec(url)?.[1]
}
