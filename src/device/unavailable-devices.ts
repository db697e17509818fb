import { BatonError } from '../error/baton-error.js'
import type { Driver } from './driver/driver.js'
import type { FarmConfig } from './farm-config.js'

/** Errors for devices whose driver can't run yet, although their declaration is valid. */
export function unavailableDriverErrors(config: FarmConfig, drivers: readonly Driver[]): BatonError[] {
  return config.devices.flatMap(({ name, driver: driverName }) => {
    const reason = drivers.find(driver => driver.name === driverName)?.unavailable
    if (reason === undefined) return []
    const place = config.places[name]
    return [
      new BatonError('BATON_DRIVER_UNAVAILABLE', `device '${name}' has driver '${driverName}': ${reason}`, {
        device: name,
        ...(place && { place }),
      }),
    ]
  })
}
