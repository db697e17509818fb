import { createHash } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'

/**
 * What two hosts have in common if they reach each other over the loopback interface: the same running kernel, and on it
 * the same network namespace. A container with a network of its own is another machine, as it is to everyone else.
 */
export async function machineIdentity(): Promise<string> {
  const parts = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readlink('/proc/self/ns/net'),
  ]).catch(interfacesOfMachine)
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

/** Where there is no /proc. */
function interfacesOfMachine(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  const macs = addresses.filter(({ internal }) => !internal).map(({ mac }) => mac)
  return [hostname(), ...new Set(macs.toSorted())]
}
