import { createHash } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'

/**
 * Identifies a machine, as far as the network is concerned: two hosts with the same identity reach each other over
 * loopback. They share a running kernel and a network namespace, so a container with its own network is another machine.
 */
export async function machineIdentity(): Promise<string> {
  const parts = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readlink('/proc/self/ns/net'),
  ]).catch(interfacesOfMachine)
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

/** For systems without /proc. */
function interfacesOfMachine(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  const macs = addresses.filter(({ internal }) => !internal).map(({ mac }) => mac)
  return [hostname(), ...new Set(macs.toSorted())]
}
