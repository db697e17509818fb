import type { Redis } from 'ioredis'
import { LeaseScripts } from '../lease/lease-scripts.js'
import { closeRedis, connectRedis, openRedis } from '../lease/open-redis.js'
import { Registry } from '../lease/registry.js'
import { RunLeases } from '../lease/run-leases.js'

/** A submitter's view of a farm: its Redis, and what can be asked of it. */
export interface FarmConnection {
  readonly redis: Redis
  readonly prefix: string
  readonly runs: RunLeases
  readonly registry: Registry
  /** One more connection, for a reader that blocks. */
  another(): Redis
  close(): void
}

/** @throws BatonError BATON_REDIS where it cannot be reached */
export async function connectFarm(url: string): Promise<FarmConnection> {
  const redis = openRedis(url)
  await connectRedis(redis, url)
  const scripts = new LeaseScripts(redis)
  return {
    redis,
    prefix: scripts.prefix,
    runs: new RunLeases(scripts),
    registry: new Registry(scripts),
    another: () => openRedis(url),
    close: () => closeRedis(redis),
  }
}
