import { randomBytes } from 'node:crypto'
import type { LeaseScripts } from './lease-scripts.js'

/** What the hosts of a farm share so that a lease's token is genuine; made by the first of them. */
export async function farmSecret(scripts: LeaseScripts): Promise<string> {
  const key = scripts.key('secret')
  const fresh = randomBytes(32).toString('hex')
  return (await scripts.redis.set(key, fresh, 'NX', 'GET')) ?? fresh
}
