/** Headers for one connection only (RFC 9110, section 7.6.1). `TE` and `Trailer` stay: trailers are passed on. */
const hopHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
])
/** They stay, whatever `Connection` says: they frame the body. */
const framingHeaders = new Set(['content-length', 'transfer-encoding'])

/** @param raw - name, value, name, value, …; order, case and repetitions stay */
export function forwardedHeaders(raw: readonly string[]): string[] {
  const named = new Set(connectionOptions(raw).filter(name => !framingHeaders.has(name)))
  return pairsOf(raw).flatMap(([name, value]) => {
    const lower = name.toLowerCase()
    // The header that `TE` needs, for one connection too: the proxy passes trailers on.
    return hopHeaders.has(lower) || (named.has(lower) && lower !== 'te') ? [] : [name, value]
  })
}

/** What `Connection` names, in lower case. */
export function connectionOptions(raw: readonly string[]): string[] {
  return pairsOf(raw).flatMap(([name, value]) =>
    name.toLowerCase() === 'connection' ? value.split(',').map(option => option.trim().toLowerCase()) : [],
  )
}

export function hasHeader(raw: readonly string[], wanted: string): boolean {
  return pairsOf(raw).some(([name]) => name.toLowerCase() === wanted)
}

export function pairsOf(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([raw[at] ?? '', raw[at + 1] ?? ''])
  return pairs
}
