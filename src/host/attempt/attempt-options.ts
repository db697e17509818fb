import { z } from 'zod'
import { videoModes } from '../../device/device-entry.js'

/** What a run asks of every execution of its modules; travels with each job. Times are milliseconds. */
export const attemptOptionsSchema = z.object({
  mocha: z.object({
    /** 0: none, as mocha has it. */
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
  /** What modules are to find on their devices; absent: what devices.json says of each. */
  app: z.object({ hash: z.string(), name: z.string() }).optional(),
  /** Whether devices are filmed; absent: as devices.json says of each. */
  video: z.enum(videoModes).exactOptional(),
  /** Under the debugger: no deadlines. */
  inspect: z.boolean(),
})

export type AttemptOptions = z.infer<typeof attemptOptionsSchema>
