import { z } from 'zod'
import { exploreTaskSchema } from '../../explore/explore-task.js'
import { snapshotModes } from '../../script/worker-messages.js'
import { videoModes } from '../../device/device-entry.js'
import { traceparentPattern } from '../../event/span.js'
import { traceModes } from '../../event/trace-mode.js'
import { webdriverOptionsSchema } from '../device/device-offer.js'

/** What a run wants of every attempt of its modules; sent with each job. Times are milliseconds. */
export const attemptOptionsSchema = z.object({
  mocha: z.object({
    /** 0: none, as in mocha. */
    timeoutMs: z.number().int().nonnegative(),
    grep: z.string().optional(),
    bail: z.boolean(),
    forbidOnly: z.boolean(),
    /** `mochaOpts` of a WebdriverIO configuration that have no option of Baton's own. */
    more: z
      .object({
        retries: z.number().exactOptional(),
        slow: z.number().exactOptional(),
        fgrep: z.string().exactOptional(),
        invert: z.boolean().exactOptional(),
        ui: z.enum(['bdd', 'tdd', 'qunit']).exactOptional(),
        forbidOnly: z.boolean().exactOptional(),
        forbidPending: z.boolean().exactOptional(),
        allowUncaught: z.boolean().exactOptional(),
        asyncOnly: z.boolean().exactOptional(),
        checkLeaks: z.boolean().exactOptional(),
        global: z.array(z.string()).exactOptional(),
      })
      .exactOptional(),
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
  /** Which attempts keep a trace; default `retain-on-failure`. */
  trace: z.enum(traceModes).exactOptional(),
  /** WebdriverIO's options for all devices; those of devices.json win. */
  webdriver: webdriverOptionsSchema.exactOptional(),
  /** Set if the first setup file of every module is a WebdriverIO configuration. `hooks`: the hooks that it has. */
  wdio: z.object({ file: z.string(), hooks: z.array(z.string()) }).exactOptional(),
  /** What happens to stored snapshots; default `none`. */
  updateSnapshots: z.enum(snapshotModes).exactOptional(),
  /** The attempt explores the module, instead of running it once. */
  explore: exploreTaskSchema.exactOptional(),
  /** The run's place in a trace of OpenTelemetry, if it is traced. */
  traceparent: z.string().regex(traceparentPattern).exactOptional(),
  /** Under the debugger: no deadlines. */
  inspect: z.boolean(),
})

export type AttemptOptions = z.infer<typeof attemptOptionsSchema>
