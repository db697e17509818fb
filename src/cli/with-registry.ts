import type { Registry } from '../lease/registry.js'
import { connectFarm } from '../run/farm-connection.js'

/**
 * Connects to a farm, for as long as a command needs its devices and hosts.
 * @throws BatonError BATON_REDIS if it cannot be reached
 */
export async function withRegistry<T>(redisUrl: string, use: (registry: Registry) => Promise<T>): Promise<T> {
  const farm = await connectFarm(redisUrl)
  try {
    return await use(farm.registry)
  } finally {
    farm.close()
  }
}
