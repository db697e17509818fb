import { z } from 'zod'

const grantedDeviceSchema = z.object({
  device: z.string(),
  /** The host that owns it. */
  host: z.string(),
  /** That host's gateway: where commands to the device go. */
  gatewayUrl: z.string(),
})

/** A lease as the lead host gets it: every device of one module, all or none. */
export const grantSchema = z.object({
  type: z.literal('grant'),
  /** Its number: a decimal number that only grows, and the lock token of its job in BullMQ. */
  lease: z.string(),
  run: z.string(),
  /** The queue to fetch the module from. */
  queue: z.string(),
  /** role → selector */
  needs: z.record(z.string(), z.string()),
  /** The host that executes the module. */
  lead: z.string(),
  /** role → device */
  devices: z.record(z.string(), grantedDeviceSchema),
  /** Microseconds since the epoch (Redis's clock) when the last of the devices became free. */
  freedAt: z.coerce.number(),
})

export type Grant = z.infer<typeof grantSchema>
export type GrantedDevice = z.infer<typeof grantedDeviceSchema>
