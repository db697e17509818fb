import { z } from 'zod'
import { videoModes } from '../../device/device-entry.js'

/** What a run wants of every attempt of its modules; sent with each job. Times are milliseconds. */
export const attemptOptionsSchema = z.object({
  mocha: z.object({
    /** 0: none, as in mocha. */
    timeoutMs: z.number().int().nonnegative(),
    grep: z.string().optional(),
    bail: z.boolean(),
    forbidOnly: z.boolean(),
  }),
  moduleTimeoutMs: z.number().int().positive(),
  /** What the module sees of the submitter's environment; it wins over the host's. */
  env: z.record(z.string(), z.string()),
  /** Name → base URL of the run's servers. */
  servers: z.record(z.string(), z.string()),
  /** The app under test; absent: the one that devices.json names for each device. */
  app: z.object({ hash: z.string(), name: z.string() }).optional(),
  /** Whether devices are recorded; absent: devices.json decides for each device. */
  video: z.enum(videoModes).exactOptional(),
  /** Under the debugger: no deadlines. */
  inspect: z.boolean(),
})

export type AttemptOptions = z.infer<typeof attemptOptionsSchema>
