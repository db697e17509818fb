import { execFileSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { whyNoNamespaces } from '../e2e/support/two-machines.js'

/** How the hosts of a farm reach Redis and one another. */
export interface ChaosNetwork extends Disposable {
  readonly kind: 'namespaces' | 'loopback'
  /** Where proxies listen. */
  readonly address: string
  addressOf(host: number): string
  /** Program and arguments that start a command on a host. */
  commandPrefix(host: number): readonly string[]
  /** Loses all packets of a host, in both directions, until it is plugged in again. */
  setPlugged(host: number, isPlugged: boolean): void
}

/**
 * @param wanted - `auto`: namespaces if this machine has them
 * @throws Error if namespaces are wanted and this machine has none
 */
export function openNetwork(hosts: number, wanted: 'auto' | ChaosNetwork['kind']): ChaosNetwork {
  if (wanted === 'loopback') return new Loopback()
  const problem = whyNoNamespaces()
  if (problem === undefined) return new Namespaces(hosts)
  if (wanted === 'namespaces') throw new Error(problem)
  return new Loopback()
}

/** All hosts are processes of one machine. */
class Loopback implements ChaosNetwork {
  readonly kind = 'loopback'
  readonly address = '127.0.0.1'

  addressOf(): string {
    return this.address
  }

  commandPrefix(): readonly string[] {
    return []
  }

  setPlugged(): void {
    throw new Error('without namespaces, a host has no cable')
  }

  [Symbol.dispose](): void {}
}

/** A namespace for each host, connected to a bridge. Names are this process's own. */
class Namespaces implements ChaosNetwork {
  readonly kind = 'namespaces'
  readonly #subnet = freeSubnet()
  readonly #bridge = `bc${process.pid}`

  constructor(private readonly hosts: number) {
    try {
      ip('link', 'add', this.#bridge, 'type', 'bridge')
      ip('addr', 'add', `${this.address}/24`, 'dev', this.#bridge)
      ip('link', 'set', this.#bridge, 'up')
      for (let host = 0; host < hosts; host++) this.#connect(host)
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  get address(): string {
    return `${this.#subnet}.1`
  }

  addressOf(host: number): string {
    return `${this.#subnet}.${host + 2}`
  }

  commandPrefix(host: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#namespace(host)]
  }

  setPlugged(host: number, isPlugged: boolean): void {
    ip('link', 'set', this.#cable(host), isPlugged ? 'up' : 'down')
  }

  /** With a namespace go its interfaces. */
  [Symbol.dispose](): void {
    const removals = [
      ...Array.from({ length: this.hosts }, (_, host) => ['netns', 'del', this.#namespace(host)]),
      ['link', 'del', this.#bridge],
    ]
    for (const args of removals) {
      try {
        ip(...args)
      } catch {
        // It was not created.
      }
    }
  }

  #connect(host: number): void {
    const [namespace, cable] = [this.#namespace(host), this.#cable(host)]
    ip('netns', 'add', namespace)
    ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
    ip('link', 'set', cable, 'master', this.#bridge, 'up')
    ip('-n', namespace, 'addr', 'add', `${this.addressOf(host)}/24`, 'dev', 'eth0')
    for (const name of ['eth0', 'lo']) ip('-n', namespace, 'link', 'set', name, 'up')
  }

  #namespace(host: number): string {
    return `baton-chaos-${process.pid}-${host}`
  }

  /** Names of interfaces have 15 letters at most. */
  #cable(host: number): string {
    return `bc${process.pid}h${host}`
  }
}

/** The first three numbers of addresses that nothing on this machine uses. */
function freeSubnet(): string {
  const used = new Set(
    Object.values(networkInterfaces()).flatMap(all => (all ?? []).map(({ address }) => address.replace(/\.\d+$/, ''))),
  )
  for (let number = process.pid; ; number++) {
    const subnet = `10.${100 + ((number >> 8) % 100)}.${number % 256}`
    if (!used.has(subnet)) return subnet
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] })
}
