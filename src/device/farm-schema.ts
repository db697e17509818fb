import { z } from 'zod'
import { defaults } from './defaults.js'
import { hostPortProblem } from './host-port.js'
import { declaredLabelProblem } from './label.js'
import { resetPolicies, videoModes } from './device-entry.js'
import {
  deadline,
  environment,
  filled,
  milliseconds,
  moduleTimeout,
  name,
  onLabels,
  testTimeout,
  text,
  variables,
  waitTimeout,
} from './schema-parts.js'
import { redisUrlProblem } from './redis-url.js'
import { urlProblem } from './url-problem.js'

const webUrl = text(value => urlProblem(value, ['http:', 'https:'], 'http://127.0.0.1:4723'))

/** WebdriverIO's own options: for all devices at the top, for one in its entry. */
export const webdriverKeys = {
  baseUrl: webUrl.describe('Prefix of relative URLs that a script opens. May use ${server:NAME}.'),
  waitforTimeout: milliseconds.describe(
    `Milliseconds that waitFor* commands and matchers wait; default ${defaults.waitforTimeoutMs}.`,
  ),
  waitforInterval: milliseconds.describe('Milliseconds between two checks of a waitFor* command; default 100.'),
  connectionRetryTimeout: deadline.describe('Milliseconds until a WebDriver command fails; default 120000.'),
  connectionRetryCount: z
    .int()
    .min(0)
    .max(100)
    .describe('How often a command that got no answer is sent again; default 0.'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .describe("WebdriverIO's log level; default error."),
}

/** Keys at the top, for all devices, and in an entry, which overrides them. */
const sharedKeys = {
  ...webdriverKeys,
  capabilities: z
    .record(z.string(), z.unknown())
    .describe("Capabilities for the device's sessions; they override the driver's."),
  appium: z
    .strictObject({ url: webUrl.describe('Where it listens, e.g. http://10.0.0.5:4723.') })
    .describe('An Appium server to use; by default the host starts its own.'),
  reset: z
    .enum(resetPolicies)
    .describe('How a device is reset between modules; which policies exist depends on the driver.'),
  video: z
    .enum(videoModes)
    .describe("Records the device's screen while a module uses it, if its driver can; default off; --video overrides."),
  proxy: z
    .boolean()
    .describe("Whether a device's traffic passes a proxy of its host, for network(); default: if there are servers."),
}

function resetProblem(value: string): string | undefined {
  if (value === 'restart' || /^\/(?!\/)\S*$/.test(value)) return undefined
  return 'expected a path that begins with "/", or "restart"'
}

const server = z
  .strictObject({
    command: filled.describe('The command line that starts it; the environment has PORT, the free port to listen on.'),
    ready: filled.describe(
      'A path, beginning with "/", that answers once it is ready; or text that it prints when it is ready.',
    ),
    cwd: filled
      .describe('Folder to start it in, relative to devices.json; default: the folder of devices.json.')
      .optional(),
    env: variables.describe('Environment variables in addition to those of the run.').optional(),
    timeout: deadline.describe(`Milliseconds until it must be ready; default ${defaults.serverTimeoutMs}.`).optional(),
    reset: text(resetProblem)
      .describe('How baton explore resets it between iterations: a path, beginning with "/", to POST to; or "restart".')
      .optional(),
    keep: z
      .boolean()
      .describe('Whether it stays with a warm farm, for all runs that use that; default false: each run starts it.')
      .optional(),
  })
  .describe('A server that is started once a run, on a free port, and stopped with it.')

const label = text(declaredLabelProblem)

/** The keys that every entry of `devices` has, whatever its driver. */
export const deviceSchema = z.strictObject({
  name: name.describe('Unique in the farm; what useDevice names.'),
  driver: z.string().describe('The kind of device.'),
  labels: z.array(label).describe('Plain words and key=value, for modules that ask for any such device.').optional(),
  ...z.object(sharedKeys).partial().shape,
})

/** All of devices.json except the entries, which are read with their drivers. */
export const farmSchema = z.strictObject({
  $schema: z.string().describe('The JSON Schema that editors check this file with.').optional(),
  devices: z.array(z.unknown()).min(1).describe('The devices of this host.'),
  redis: text(redisUrlProblem).describe('The Redis that all hosts of the farm share.').optional(),
  ...z.object(sharedKeys).partial().shape,
  setup: z.array(filled).describe('Files bundled into every module, relative to devices.json.').optional(),
  env: environment.optional(),
  servers: z.record(name, server).describe('Servers that modules reach as ${server:NAME}.').optional(),
  on: onLabels.describe('Labels that narrow every role with a selector by label; --on overrides.').optional(),
  gateway: z
    .strictObject({
      host: filled.describe('Address to listen on; default: that of this machine on the network of Redis.').optional(),
      port: z.int().min(0).max(65_535).describe('Port to listen on; default 0, any free one.').optional(),
      advertise: text(hostPortProblem)
        .describe('HOST or HOST:PORT where hosts on other machines reach it; default: where it listens.')
        .optional(),
    })
    .describe('The WebDriver proxy in front of Appium.')
    .optional(),
  timeouts: z
    .strictObject({ test: testTimeout.optional(), module: moduleTimeout.optional(), wait: waitTimeout.optional() })
    .describe('Deadlines; the command line overrides them.')
    .optional(),
})

export type FarmKeys = z.infer<typeof farmSchema>
export type DeviceKeys = z.infer<typeof deviceSchema>
