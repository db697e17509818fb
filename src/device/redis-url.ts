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
  /** Name of the farm, if several share this Redis. */
  farm?: string
  /** Set if `target` is a Sentinel: it and others know where the Redis of that name is. */
  sentinel?: { name: string; sentinels: { host: string; port: number }[]; username?: string; password?: string }
  /** Paths of PEM files: a certificate authority, and this machine's own certificate with its key. */
  certificates?: { ca?: string; cert?: string; key?: string }
}

const parameters = [
  'family',
  'farm',
  'sentinel',
  'sentinels',
  'sentinel-user',
  'sentinel-password',
  'ca',
  'cert',
  'key',
] as const

const expectedUrl = 'expected a URL such as redis://farm.example:6379'
const encodingHint = 'in a user or password, characters such as / ? # @ % are written as %2F %3F %23 %40 %25'
const defaultPort = 6379
const defaultSentinelPort = 26_379

/**
 * Reads the URL of a Redis: `redis://…` or `rediss://…` with user, password, host, port, `/database` and
 * parameters (`farm`, `sentinel`, `sentinels`, `sentinel-user`, `sentinel-password`, `ca`, `cert`, `key`, `family`); or
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
  if (url.hash !== '' || [...url.searchParams.keys()].some(key => !parameters.some(known => known === key))) {
    return { problem: `expected no parameters but ${parameters.join(', ')}; ${encodingHint}` }
  }
  if (url.hostname === '') return { problem: 'expected the name or address of a host' }
  const db = /^\/?$/.test(url.pathname) ? 0 : databaseOf(url.pathname.slice(1))
  if (db === undefined)
    return { problem: `expected the number of a database after the host, such as /0; ${encodingHint}` }
  const user = credentialsOf(url.username, url.password)
  if (!user) return { problem: `expected a user and password that are percent-encoded: ${encodingHint}` }
  const sentinelPort = url.searchParams.has('sentinel') ? defaultSentinelPort : defaultPort
  const target = { host: url.hostname.replaceAll(/^\[|\]$/g, ''), port: Number(url.port || sentinelPort) }
  // A plus sign is a space in forms only.
  const given = new URLSearchParams(url.search.replaceAll('+', '%2B'))
  const more = readParameters(given, target, url.protocol === 'rediss:')
  if ('problem' in more) return more
  return {
    shown: `${url.protocol}//${url.hostname}:${target.port}${db === 0 ? '' : `/${db}`}`,
    target,
    tls: url.protocol === 'rediss:',
    db,
    ...user,
    ...more,
  }
}

type Parameters = Pick<RedisAddress, 'family' | 'farm' | 'sentinel' | 'certificates'>

/** @param target - the first Sentinel, if there are any */
function readParameters(
  given: URLSearchParams,
  target: { host: string; port: number },
  tls: boolean,
): Parameters | { problem: string } {
  const {
    family,
    farm,
    sentinel,
    sentinels,
    'sentinel-user': username,
    'sentinel-password': password,
    ...certificates
  } = Object.fromEntries(given) as Partial<Record<(typeof parameters)[number], string>>
  if (family !== undefined && !['0', '4', '6'].includes(family)) return { problem: 'expected 4 or 6 as family' }
  if (farm !== undefined && !/^[\w.-]{1,40}$/.test(farm))
    return { problem: 'expected letters, digits, _ . and - as farm, 40 at most' }
  if (sentinel === '' || (sentinels !== undefined && sentinel === undefined))
    return { problem: 'expected sentinel=NAME, the name that Sentinel has for the Redis' }
  if (password === undefined ? username !== undefined : sentinel === undefined || password === '')
    return { problem: 'expected sentinel-password with sentinel=NAME, and sentinel-user only with both' }
  const others = (sentinels?.split(',') ?? []).map(readSentinel)
  if (others.includes(undefined)) return { problem: 'expected sentinels=HOST:PORT,HOST:PORT' }
  const files = Object.entries(certificates)
  if (files.length > 0 && !tls) return { problem: 'expected rediss:// with ca, cert and key' }
  if (files.some(([, file]) => !file.startsWith('/'))) return { problem: 'expected absolute paths as ca, cert and key' }
  if ('cert' in certificates !== 'key' in certificates) return { problem: 'expected cert and key together' }
  return {
    ...(family !== undefined && { family: Number(family) }),
    ...(farm !== undefined && { farm }),
    ...(sentinel !== undefined && {
      sentinel: {
        name: sentinel,
        sentinels: [target, ...others.filter(other => other !== undefined)],
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
      },
    }),
    ...(files.length > 0 && { certificates }),
  }
}

function readSentinel(text: string): { host: string; port: number } | undefined {
  const [, host, port = defaultSentinelPort] = /^([^:\s]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) }
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

/** The passwords in a URL, which must not be shown anywhere; in both forms if they are encoded there. */
export function passwordsIn(url: string): string[] {
  const parsed = parseRedisUrl(url)
  if ('problem' in parsed) return []
  return passwordsOf(parsed).flatMap(password => [password, encodeURIComponent(password)])
}

/** Those of Redis and of its Sentinels. */
export function passwordsOf({ password, sentinel }: RedisAddress): string[] {
  return [password, sentinel?.password].filter(each => each !== undefined)
}
