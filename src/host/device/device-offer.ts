import type { AppFile } from '../../device/driver/app-capability.js'
import type { VideoMode } from '../../device/device-entry.js'
import type { RoleSession } from '../../script/worker-messages.js'

/** What a lead host needs to drive a device; the role is its own business. */
export interface DeviceOffer extends Omit<RoleSession, 'role'> {
  /** Set if the device is being recorded: when the video is kept. */
  video?: VideoMode
}

/** What a module needs on a device. */
export interface DeviceRequirements {
  /** Absent: the app of devices.json. */
  app?: AppFile | undefined
  /** URLs of the run's servers. */
  servers?: readonly string[]
  /** Absent: as in devices.json. */
  video?: VideoMode | undefined
}
