import type { DeviceState } from '../../../src/lease/protocol/states.js'
import type { RegisteredDevice } from '../../../src/lease/registry.js'

/** A device as the farm knows it, without a lease. */
export function registeredDevice(name: string, state: DeviceState, reason = ''): RegisteredDevice {
  return { name, host: 'h1', labels: [], driver: 'fake', platform: 'fake', state, reason, since: 0 }
}
