import { randomBytes } from 'node:crypto'
import type { LeaseScripts } from './lease-scripts.js'

/** What the hosts of a farm share so that a lease's token is genuine; made by the first of them. */
export async function farmSecret(scripts: LeaseScripts): Promise<string> {
  const key = scripts.key('secret')
  const fresh = randomBytes(32).toString('hex')
  return (await scripts.redis.set(key, fresh, 'NX', 'GET')) ?? fresh
}

/** Puts the secret back into a Redis that lost its data: hosts that join from now on get the one that the others still have. */
export async function restoreFarmSecret(scripts: LeaseScripts, secret: string): Promise<void> {
  await scripts.redis.set(scripts.key('secret'), secret, 'NX')
}
