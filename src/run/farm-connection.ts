import type { Redis } from 'ioredis'
import { closeRedis } from '../queue/close-redis.js'
import { checkProtocol, claimProtocol } from '../lease/check-protocol.js'
import { LeaseScripts } from '../lease/lease-scripts.js'
import { connectRedis, openRedis, prefixOf } from '../lease/open-redis.js'
import { Registry } from '../lease/registry.js'
import { RunLeases } from '../lease/run-leases.js'

/** A submitter's connection to a farm: its Redis, runs and devices. */
export interface FarmConnection {
  readonly redis: Redis
  readonly prefix: string
  readonly runs: RunLeases
  readonly registry: Registry
  /** Another connection, for a reader that blocks. */
  another(): Redis
  close(): void
}

/**
 * @param use - `run`: takes over a farm that another version of Baton has left; default `read`
 * @throws BatonError BATON_REDIS if it cannot be reached
 * @throws BatonError BATON_PROTOCOL_MISMATCH if another version of Baton uses the farm
 */
export async function connectFarm(url: string, use: 'read' | 'run' = 'read'): Promise<FarmConnection> {
  const redis = openRedis(url)
  await connectRedis(redis, url)
  const scripts = new LeaseScripts(redis, prefixOf(url))
  try {
    await (use === 'run' ? claimProtocol(scripts) : checkProtocol(scripts))
  } catch (error) {
    closeRedis(redis)
    throw error
  }
  return {
    redis,
    prefix: scripts.prefix,
    runs: new RunLeases(scripts),
    registry: new Registry(scripts),
    another: () => openRedis(url),
    close: () => closeRedis(redis),
  }
}
