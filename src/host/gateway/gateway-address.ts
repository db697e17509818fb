import { lookup } from 'node:dns/promises'
import type { AddressInfo } from 'node:net'
import { isLoopback, isWildcard, urlHost, type HostPort } from '../../device/host-port.js'

/** Where a worker finds a gateway; the shape that WebdriverIO's `attach` takes. */
export interface GatewayAddress {
  protocol: 'http'
  /** As written in a URL: an IPv6 address in brackets. */
  hostname: string
  port: number
  path: string
}

/** The address that a host gives to others, and who can use it. */
export interface PublishedAddress {
  address: GatewayAddress
  /** Only hosts on the same machine reach it. */
  isLocalOnly: boolean
}

/**
 * The address under which others reach a gateway: the advertised one, else the one that it listens on. Nobody can connect
 * to a wildcard, so loopback replaces it, which only hosts on the same machine can reach.
 * @param bound - what the server listens on
 * @param host - as configured: a name stays a name
 */
export async function publishedAddress(
  bound: AddressInfo,
  host: string,
  advertise: HostPort | undefined,
): Promise<PublishedAddress> {
  if (advertise)
    return {
      address: addressOf(advertise.host, advertise.port ?? bound.port),
      isLocalOnly: await resolvesToLoopback(advertise.host),
    }
  if (!isWildcard(bound.address))
    return { address: addressOf(host, bound.port), isLocalOnly: isLoopback(bound.address) }
  const loopback = bound.family === 'IPv6' ? '::1' : '127.0.0.1'
  return { address: addressOf(loopback, bound.port), isLocalOnly: true }
}

function addressOf(host: string, port: number): GatewayAddress {
  return { protocol: 'http', hostname: urlHost(host), port, path: '/' }
}

/** Debian gives a machine's own name the address 127.0.1.1. */
async function resolvesToLoopback(host: string): Promise<boolean> {
  const addresses = await lookup(host, { all: true }).catch(() => [])
  return addresses.length > 0 && addresses.every(({ address }) => isLoopback(address))
}
