import type { Redis } from 'ioredis'

/**
 * Replays what the scripts wrote about themselves, in the order in which they ran.
 * @returns every broken promise: a device in two leases, a token that doesn't grow, a command let through without its lease, a lease
 *   that never ended
 */
export async function auditFaults(redis: Redis, prefix: string): Promise<string[]> {
  const faults: string[] = []
  const held = new Map<string, string>()
  const last = new Map<string, number>()
  for (const [, fields] of await redis.xrange(`${prefix}:audit`, '-', '+')) {
    const entry = new Map<string, string>()
    for (let i = 0; i + 1 < fields.length; i += 2) entry.set(fields[i] ?? '', fields[i + 1] ?? '')
    const lease = entry.get('lease') ?? ''
    switch (entry.get('event')) {
      case 'VIOLATION':
        faults.push(`the allocator itself saw ${JSON.stringify([...entry])}`)
        break
      case 'grant':
        for (const device of devicesOf(entry)) {
          const holder = held.get(device)
          if (holder !== undefined) faults.push(`${device} in two leases, ${holder} and ${lease}`)
          if (Number(lease) <= (last.get(device) ?? 0)) faults.push(`${device}: token ${lease} did not grow`)
          held.set(device, lease)
          last.set(device, Number(lease))
        }
        break
      case 'release':
      case 'expire':
        for (const device of devicesOf(entry)) {
          if (held.get(device) !== lease) faults.push(`${device} freed by ${lease}, held by ${held.get(device)}`)
          held.delete(device)
        }
        break
      case 'touch': {
        const device = entry.get('device') ?? ''
        if (held.get(device) !== lease) faults.push(`${device} took a command of ${lease}, held by ${held.get(device)}`)
        break
      }
      case undefined:
      default:
    }
  }
  for (const [device, lease] of held) faults.push(`${device} is still in lease ${lease}`)
  return faults
}

function devicesOf(entry: ReadonlyMap<string, string>): string[] {
  const devices = Object.values(JSON.parse(entry.get('devices') ?? '{}') as Record<string, string>)
  if (new Set(devices).size !== devices.length) throw new Error(`one device for two roles: ${entry.get('devices')}`)
  return devices
}
