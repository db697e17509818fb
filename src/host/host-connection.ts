import type { Redis } from 'ioredis'
import { closeRedis } from '../queue/close-redis.js'
import { claimProtocol } from '../lease/check-protocol.js'
import { FarmSecret } from '../lease/farm-secret.js'
import { LeaseScripts } from '../lease/lease-scripts.js'
import { openRedis, prefixOf } from '../lease/open-redis.js'
import { serverWarnings } from '../lease/redis-server-info.js'
import { Registry } from '../lease/registry.js'
import { RunLeases } from '../lease/run-leases.js'
import { waitForRedis, type RedisWait } from '../lease/wait-for-redis.js'
import { networkAddress } from './gateway/gateway-address.js'

/** A host's connections to its farm and what works through them. */
export interface HostConnection {
  registry: Registry
  runs: RunLeases
  /** See `networkAddress`. */
  networkAddress: string | undefined
  /** What endangers the farm on this Redis, one line each. */
  warnings: readonly string[]
  /** Shared by all hosts of the farm, once this one has joined. */
  secret: FarmSecret
  /** For the allocation, which takes two: first the one that the rest of the host uses, then one that blocks. */
  connections: () => Redis
  close(): void
}

/**
 * @param wait - how long to wait for a Redis that is not there yet
 * @throws BatonError BATON_REDIS if Redis cannot be reached, BATON_PROTOCOL_MISMATCH if another version of Baton uses the farm
 * @throws the reason of `wait.signal` if that aborts first
 */
export async function connectHost(redisUrl: string, wait: RedisWait): Promise<HostConnection> {
  const redis = await waitForRedis(redisUrl, wait)
  const scripts = new LeaseScripts(redis, prefixOf(redisUrl))
  try {
    await claimProtocol(scripts)
  } catch (error) {
    closeRedis(redis)
    throw error
  }
  const unused = [redis]
  return {
    registry: new Registry(scripts),
    runs: new RunLeases(scripts),
    networkAddress: networkAddress(localAddressOf(redis)),
    warnings: 'path' in redis.options && redis.options.path ? [] : serverWarnings(await redis.info().catch(() => '')),
    secret: new FarmSecret(),
    connections: () => unused.pop() ?? openRedis(redisUrl),
    close: () => closeRedis(redis),
  }
}

function localAddressOf({ stream }: Redis): string | undefined {
  return 'localAddress' in stream ? stream.localAddress : undefined
}
