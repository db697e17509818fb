import { lookup } from 'node:dns/promises'
import { isIPv4, isIPv6, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
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

/** What decides the address of a gateway. */
interface AddressChoice {
  /** Where the server listens. */
  bound: AddressInfo
  /** As configured: a name stays a name. */
  host: string
  advertise?: HostPort | undefined
  /** See `networkAddress`. */
  networkAddress?: string | undefined
}

/**
 * The address under which others reach a gateway: the advertised one, else the one that it listens on. Nobody can connect
 * to a wildcard, so the address towards Redis replaces it, which other hosts can reach if they can reach Redis. If there is
 * none, it is loopback, which only hosts on the same machine can reach.
 */
export async function publishedAddress(choice: AddressChoice): Promise<PublishedAddress> {
  const { bound, host, advertise, networkAddress } = choice
  if (advertise)
    return {
      address: addressOf(advertise.host, advertise.port ?? bound.port),
      isLocalOnly: await resolvesToLoopback(advertise.host),
    }
  if (!isWildcard(bound.address))
    return { address: addressOf(host, bound.port), isLocalOnly: isLoopback(bound.address) }
  if (networkAddress !== undefined && listensOn(bound, networkAddress)) {
    return { address: addressOf(networkAddress, bound.port), isLocalOnly: false }
  }
  const loopback = bound.family === 'IPv6' ? '::1' : '127.0.0.1'
  return { address: addressOf(loopback, bound.port), isLocalOnly: true }
}

/**
 * The address of this machine on the network that leads to Redis.
 * @param local - this end of the connection to Redis; undefined for a Unix socket
 * @returns undefined if that is loopback, or means something on one link only
 */
export function networkAddress(local: string | undefined): string | undefined {
  const address = local?.replace(/^::ffff:(?=[\d.]+$)/i, '')
  if (address === undefined || isLoopback(address) || /^fe[89ab]/i.test(address)) return undefined
  return address
}

/**
 * Where a gateway listens if that is not configured: on the advertised address if it is one of this machine's, on every interface
 * if another machine passes connections on, and otherwise on the network that leads to Redis.
 */
export async function defaultListenAddress({
  advertise,
  networkAddress,
}: Pick<AddressChoice, 'advertise' | 'networkAddress'>): Promise<string> {
  if (!advertise) return networkAddress ?? '127.0.0.1'
  const own = Object.values(networkInterfaces()).flatMap(interfaces => interfaces?.map(({ address }) => address) ?? [])
  const advertised = await addressesOf(advertise.host)
  const found = advertised.find(address => own.includes(address) || isLoopback(address))
  return found ?? (own.some(address => isIPv6(address)) ? '::' : '0.0.0.0')
}

/** A server on `::` takes IPv4 connections too. */
function listensOn({ family }: AddressInfo, address: string): boolean {
  return family === 'IPv6' || isIPv4(address)
}

function addressOf(host: string, port: number): GatewayAddress {
  return { protocol: 'http', hostname: urlHost(host), port, path: '/' }
}

/** Debian gives a machine's own name the address 127.0.1.1. */
async function resolvesToLoopback(host: string): Promise<boolean> {
  const addresses = await addressesOf(host)
  return addresses.length > 0 && addresses.every(isLoopback)
}

async function addressesOf(host: string): Promise<string[]> {
  return (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address)
}
