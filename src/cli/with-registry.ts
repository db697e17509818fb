import type { Registry } from '../lease/registry.js'

/**
 * Connects to a farm, for as long as a command needs its devices and hosts.
 * @throws BatonError BATON_REDIS if it cannot be reached
 */
export async function withRegistry<T>(redisUrl: string, use: (registry: Registry) => Promise<T>): Promise<T> {
  // Loads the Redis client, which commands without a farm don't need.
  const { connectFarm } = await import('../run/farm-connection.js')
  const farm = await connectFarm(redisUrl)
  try {
    return await use(farm.registry)
  } finally {
    farm.close()
  }
}
