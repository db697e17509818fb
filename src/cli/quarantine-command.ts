import { userInfo } from 'node:os'
import { BatonError } from '../error/baton-error.js'
import { didYouMean, quoteNames } from '../error/closest-name.js'
import type { Registry } from '../lease/registry.js'
import { shown } from './secrets.js'
import { withRegistry } from './with-registry.js'

export interface QuarantineFlags {
  redis?: string
  why: string
}

/** `baton devices quarantine NAME --why TEXT`. @throws BatonError BATON_USAGE if the farm has no such device */
export async function quarantineCommand(device: string, { redis, why }: QuarantineFlags): Promise<number> {
  await withRegistry(sharedFarm(redis), async registry => {
    const answer = await registry.quarantineDevice(device, `${why} (${userInfo().username})`)
    if (answer === 'unknown') throw await unknownDevice(registry, device)
    const now = answer === 'leased' ? 'will be quarantined when its module has ended' : 'is quarantined'
    process.stdout.write(shown(`${device} ${now}; baton devices restore ${device} ends that\n`))
  })
  return 0
}

/** `baton devices restore NAME`. @throws BatonError BATON_USAGE if the farm has no such device, or it is not quarantined */
export async function restoreCommand(device: string, { redis }: Pick<QuarantineFlags, 'redis'>): Promise<number> {
  await withRegistry(sharedFarm(redis), async registry => {
    const answer = await registry.restoreDevice(device)
    if (answer === 'unknown') throw await unknownDevice(registry, device)
    if (answer === 'not-quarantined') throw new BatonError('BATON_USAGE', `${device} is not quarantined.`)
    const next = answer === 'done' ? 'its host checks it now' : 'it is offline until its host is back'
    process.stdout.write(shown(`${device} is restored; ${next}\n`))
  })
  return 0
}

/** @throws BatonError BATON_USAGE if no farm is given */
function sharedFarm(redisUrl: string | undefined): string {
  if (redisUrl !== undefined) return redisUrl
  throw new BatonError('BATON_USAGE', 'expected the Redis of a shared farm: --redis URL or BATON_REDIS_URL.')
}

/** The error for a name that no device of the farm has. */
export async function unknownDevice(registry: Registry, device: string): Promise<BatonError> {
  const names = (await registry.listDevices()).map(({ name }) => name)
  const known = quoteNames(names) || 'none'
  return new BatonError(
    'BATON_USAGE',
    `the farm has no device '${device}' (known: ${known}).`,
    didYouMean(device, names),
  )
}
