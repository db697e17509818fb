import type { DeviceEntry } from '../../device/device-entry.js'
import type { Diagnosis } from '../../device/driver/diagnosis.js'
import type { FarmConfig } from '../../device/farm-config.js'
import { BatonError, BatonErrors } from '../../error/baton-error.js'
import { drivers } from '../drivers.js'
import { readFarmFile } from '../read-farm-file.js'

/**
 * Reads the file; a mistake in it is a diagnosis.
 * @param isOptional - the devices are those of a shared farm
 */
export async function diagnoseDevices(
  file: string,
  isOptional: boolean,
): Promise<{ config?: FarmConfig; diagnosis: Diagnosis }> {
  const name = 'devices'
  try {
    const config = await readFarmFile(file)
    const names = config.devices.map(device => device.name)
    const found = `${file}: ${names.length > 8 ? `${names.length} devices` : names.join(', ')}`
    return { config, diagnosis: { name, state: 'ok', found } }
  } catch (error) {
    if (!(error instanceof BatonErrors)) throw error
    const isMissing = error.errors.some(({ code, cause }) => code === 'BATON_CONFIG_MISSING' && cause !== undefined)
    if (isMissing && isOptional) return { diagnosis: { name, state: 'unused', found: 'those of the shared farm' } }
    const found = error.errors.map(each => withoutHint(each).format()).join('\n')
    const fix = isMissing ? 'create it: npx baton init' : (error.errors[0]?.hint ?? `correct ${file}`)
    return { diagnosis: { name, state: 'problem', found, fix } }
  }
}

function withoutHint({ code, message, place }: BatonError): BatonError {
  return new BatonError(code, message, place && { place })
}

/** What each driver needs here. */
export async function driverDiagnoses(
  entries: readonly DeviceEntry[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Diagnosis[]> {
  const found = await Promise.all(
    drivers.map(async driver => {
      const own = entries.filter(entry => entry.driver === driver.name)
      return (await driver.diagnose?.(own, env)) ?? []
    }),
  )
  return found.flat()
}
