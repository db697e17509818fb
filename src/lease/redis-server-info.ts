/** The oldest Redis that Baton is tested with. */
const oldest = 7

/**
 * @param info - what Redis replies to INFO; '' if its user may not ask
 * @returns why Baton cannot use it, in words of Redis that `redisProblem` explains
 */
export function unusableServer(info: string): string | undefined {
  const fields = fieldsOf(info)
  const version = fields.get('redis_version') ?? ''
  if (version !== '' && Number.parseInt(version, 10) < oldest) return `VERSION ${version}`
  if (fields.get('cluster_enabled') === '1') return 'CLUSTERDOWN cluster_enabled is 1'
  if (fields.get('role') === 'slave') return 'READONLY its role is replica'
  return undefined
}

/**
 * What endangers a farm on this Redis, one line each. Only for a Redis that lasts: a private one neither evicts nor stores.
 * @param info - what Redis replies to INFO; '' if its user may not ask
 */
export function serverWarnings(info: string): string[] {
  if (info === '') return []
  const fields = fieldsOf(info)
  const policy = fields.get('maxmemory_policy') ?? 'noeviction'
  const limit = Number(fields.get('maxmemory') ?? 0)
  const evicts = limit > 0 && policy !== 'noeviction'
  const persists = fields.get('aof_enabled') === '1'
  return [
    ...(evicts
      ? [`Redis removes data when its memory is full (maxmemory-policy ${policy}); set it to noeviction`]
      : []),
    ...(persists ? [] : ['Redis may lose its last writes when it ends; to keep them, set appendonly to yes']),
  ]
}

function fieldsOf(info: string): Map<string, string> {
  const lines = info.split('\n').flatMap(line => {
    const colon = line.indexOf(':')
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const]
  })
  return new Map(lines)
}
