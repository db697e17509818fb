/** Where a Redis is, and as whom to connect. */
export interface RedisAddress {
  /** As it may be shown: without user, password and options. */
  shown: string
  target: { host: string; port: number } | { path: string }
  tls: boolean
  db: number
  username?: string
  password?: string
  /** IP version: 4 or 6; absent: either. */
  family?: number
}

const expectedUrl = 'expected a URL such as redis://farm.example:6379'
const encodingHint = 'in a user or password, characters such as / ? # @ % are written as %2F %3F %23 %40 %25'
const defaultPort = 6379

/**
 * Reads the URL of a Redis: `redis://…` or `rediss://…` with user, password, host, port and `/database`; or
 * `unix:///path/to/socket`, with user and password before the path and `?db=N` after it.
 * @returns what was expected instead, which never repeats the text: it may hold a password
 */
export function parseRedisUrl(text: string): RedisAddress | { problem: string } {
  if (text.startsWith('unix://')) return parseSocketUrl(text)
  if (!/^rediss?:\/\//.test(text)) return { problem: expectedUrl }
  const port = /:(\d+)(?:[/?#]|$)/.exec(text.slice(text.lastIndexOf('@') + 1))?.[1]
  if (port !== undefined && Number(port) > 65_535) return { problem: 'expected a port from 1 to 65535' }
  if (!URL.canParse(text)) return { problem: `${expectedUrl}; ${encodingHint}` }
  const url = new URL(text)
  const family = url.searchParams.get('family')
  if (url.hash !== '' || [...url.searchParams.keys()].some(key => key !== 'family')) {
    return { problem: `expected no parameters but family; ${encodingHint}` }
  }
  if (family !== null && !['0', '4', '6'].includes(family)) return { problem: 'expected 4 or 6 as family' }
  if (url.hostname === '') return { problem: 'expected the name or address of a host' }
  const db = /^\/?$/.test(url.pathname) ? 0 : databaseOf(url.pathname.slice(1))
  if (db === undefined)
    return { problem: `expected the number of a database after the host, such as /0; ${encodingHint}` }
  const user = credentialsOf(url.username, url.password)
  if (!user) return { problem: `expected a user and password that are percent-encoded: ${encodingHint}` }
  const target = { host: url.hostname.replaceAll(/^\[|\]$/g, ''), port: Number(url.port || defaultPort) }
  return {
    shown: `${url.protocol}//${url.hostname}:${target.port}${db === 0 ? '' : `/${db}`}`,
    target,
    tls: url.protocol === 'rediss:',
    db,
    ...user,
    ...(family && { family: Number(family) }),
  }
}

/** Not a URL of the standard's: a path is not encoded, and may have any character. */
function parseSocketUrl(text: string): RedisAddress | { problem: string } {
  const [, login = '', path, number] = /^unix:\/\/(?:([^/]*)@)?(\/.*?)(?:\?db=(\w*))?$/s.exec(text) ?? []
  if (path === undefined) return { problem: `expected unix:// and an absolute path; ${encodingHint}` }
  const db = number === undefined ? 0 : databaseOf(number)
  if (db === undefined) return { problem: 'expected the number of a database after ?db=' }
  const colon = login.includes(':') ? login.indexOf(':') : login.length
  const user = credentialsOf(login.slice(0, colon), login.slice(colon + 1))
  if (!user) return { problem: `expected a user and password that are percent-encoded: ${encodingHint}` }
  return { shown: `unix://${path}${db === 0 ? '' : `?db=${db}`}`, target: { path }, tls: false, db, ...user }
}

function databaseOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** @returns undefined if they are not percent-encoded */
function credentialsOf(username: string, password: string): Pick<RedisAddress, 'username' | 'password'> | undefined {
  try {
    return {
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    }
  } catch {
    return undefined
  }
}

/** @returns what was expected instead, or undefined if the text is the URL of a Redis */
export function redisUrlProblem(text: string): string | undefined {
  const parsed = parseRedisUrl(text)
  return 'problem' in parsed ? parsed.problem : undefined
}

/** The password in a URL, which must not be shown anywhere; in both forms if it is encoded there. */
export function passwordsIn(url: string): string[] {
  const parsed = parseRedisUrl(url)
  if ('problem' in parsed || parsed.password === undefined) return []
  return [parsed.password, encodeURIComponent(parsed.password)]
}
