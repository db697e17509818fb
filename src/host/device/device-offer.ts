import { z } from 'zod'
import type { AppFile } from '../../device/driver/app-capability.js'
import { resetPolicies, videoModes, type VideoMode } from '../../device/device-entry.js'
import type { RoleSession } from '../../script/worker-messages.js'

/** What a lead host needs to drive a device; the role is its own business. */
export interface DeviceOffer extends Omit<RoleSession, 'role'> {
  /** Set if the device is being recorded: when the video is kept. */
  video?: VideoMode
}

const number = z.number().exactOptional()

/** WebdriverIO's options as processes send them to one another. */
export const webdriverOptionsSchema = z.object({
  baseUrl: z.string().exactOptional(),
  waitforTimeout: number,
  waitforInterval: number,
  connectionRetryTimeout: number,
  connectionRetryCount: number,
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).exactOptional(),
})

/** An offer as another host sends it. */
export const deviceOfferSchema: z.ZodType<DeviceOffer> = z.object({
  device: z.object({
    name: z.string(),
    labels: z.array(z.string()),
    platform: z.string(),
    udid: z.string().exactOptional(),
  }),
  session: z.object({
    id: z.string(),
    capabilities: z.record(z.string(), z.unknown()),
    requested: z.record(z.string(), z.unknown()).exactOptional(),
  }),
  gateway: z.object({
    protocol: z.enum(['http', 'https']),
    hostname: z.string(),
    port: z.number(),
    path: z.string(),
  }),
  headers: z.record(z.string(), z.string()),
  webdriver: webdriverOptionsSchema,
  reset: z.enum(resetPolicies).exactOptional(),
  video: z.enum(videoModes).exactOptional(),
})

/** What a module needs on a device. */
export interface DeviceRequirements {
  /** Absent: the app of devices.json. */
  app?: AppFile | undefined
  /** URLs of the run's servers. */
  servers?: readonly string[]
  /** Absent: as in devices.json. */
  video?: VideoMode | undefined
}
