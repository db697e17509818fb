import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Diagnosis } from '../../device/driver/diagnosis.js'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import { serverWarnings, unusableServer } from '../../lease/redis-server-info.js'
import { startPrivateRedis } from '../../process/private-redis.js'

/** The farm's Redis if the project uses a shared farm, else a private one, which is started and stopped. */
export async function diagnoseRedis(url: string | undefined): Promise<Diagnosis[]> {
  try {
    return url === undefined ? [await diagnosePrivate()] : await diagnoseShared(url)
  } catch (error) {
    const fix = error instanceof BatonError ? error.hint : undefined
    return [{ name: 'Redis', state: 'problem', found: errorMessage(error), ...(fix !== undefined && { fix }) }]
  }
}

async function diagnosePrivate(): Promise<Diagnosis> {
  const redis = await startPrivateRedis()
  await redis.stop()
  const { stdout } = await promisify(execFile)('redis-server', ['--version'])
  const version = /v=([\d.]+)/.exec(stdout)?.[1] ?? ''
  const found = `redis-server ${version}`.trim()
  if (unusableServer(`redis_version:${version}`) === undefined) return { name: 'Redis', state: 'ok', found }
  return { name: 'Redis', state: 'problem', found, fix: 'install Redis 7.0 or later, or Valkey' }
}

async function diagnoseShared(url: string): Promise<Diagnosis[]> {
  const { connectFarm } = await import('../../run/farm-connection.js')
  const farm = await connectFarm(url)
  try {
    const devices = await farm.registry.listDevices()
    const info = await farm.redis.info().catch(() => '')
    const warnings = serverWarnings(info).map(found => ({ name: 'Redis', state: 'unused', found }) as const)
    return [{ name: 'Redis', state: 'ok', found: `a shared farm, with ${devices.length} devices` }, ...warnings]
  } finally {
    farm.close()
  }
}
