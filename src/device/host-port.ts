import { isIPv4, isIPv6 } from 'node:net'

/** `HOST[:PORT]`, as a user writes an address that others reach. */
export interface HostPort {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  host: string
  port?: number
}

const hostName = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*\.?$/i

/** @returns the parts, or what was expected instead */
export function parseHostPort(text: string): HostPort | { problem: string } {
  if (isIPv6(text)) return checkHost(text, undefined)
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  const isHost = bracketed === undefined ? hostName.test(host ?? '') : isIPv6(bracketed)
  if (host === undefined || !isHost) {
    return { problem: 'expected HOST or HOST:PORT, such as 10.0.0.5, lab-1.example:4700 or [2001:db8::5]:4700' }
  }
  return checkHost(host, digits === undefined ? undefined : Number(digits))
}

/** @returns what was expected instead, or undefined if the text is an address that others can reach */
export function hostPortProblem(text: string): string | undefined {
  const parsed = parseHostPort(text)
  return 'problem' in parsed ? parsed.problem : undefined
}

function checkHost(host: string, port: number | undefined): HostPort | { problem: string } {
  if (isWildcard(host)) return { problem: 'expected an address that other hosts can reach, not a wildcard' }
  // A zone means something on one machine only.
  if (host.includes('%')) return { problem: 'expected an address without a zone' }
  if (port !== undefined && (port < 1 || port > 65_535)) return { problem: 'expected a port from 1 to 65535' }
  // 10.1 and 0x7f.1 are addresses to some programs and names to others.
  if (/^[\d.]+$|^0x/i.test(host) && !isIPv4(host)) return { problem: 'expected an IPv4 address of four numbers' }
  return { host, ...(port !== undefined && { port }) }
}

/** Whether a program that listens there listens on every interface. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || (isIPv6(host) && /^[0:]+$/.test(host))
}

/** Whether only programs on the same machine reach that address. */
export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return address.startsWith('127.')
  return isIPv6(address) && /^(?:[0:]+:0*1|(?:[0:]+:ffff:)127\.[\d.]+)$/i.test(address)
}

/** As written in a URL: an IPv6 address in brackets. */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}
