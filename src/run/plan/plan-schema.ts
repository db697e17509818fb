import { z } from 'zod'
import { grepPattern } from '../../device/grep-pattern.js'
import { errorMessage } from '../../error/error-text.js'
import {
  anyLabel,
  environment,
  filled,
  moduleTimeout,
  name,
  onLabels,
  testTimeout,
  text,
  waitTimeout,
} from '../../device/schema-parts.js'
import { jsonSchemaOf, type JsonSchema } from '../../device/json-schema.js'

const title = text(value => (/^\S(?:[^\p{Cc}]*\S)?$/u.test(value) ? undefined : 'expected a name: text on one line'))

/** As `export const devices` has it. */
const selector = z
  .union([name, z.array(anyLabel).min(1)])
  .describe("A device's name, or a list of labels: any device that has all of them.")

const pattern = text(value => {
  try {
    grepPattern(value)
    return undefined
  } catch (error) {
    return `expected a regular expression (${errorMessage(error)})`
  }
})

const order = z.enum(['parallel', 'sequential'])

/** Keys at the top, for all suites, and in a suite, which overrides them. */
const sharedKeys = {
  on: onLabels.describe('Labels, e.g. host=lab-2, that narrow every role with a selector by label.'),
  retries: z.int().min(0).max(100).describe('How often a failed module runs again; default 0.'),
  app: filled.describe('The app under test (.apk), relative to the plan; overrides devices.json.'),
  env: environment,
}

const moduleTimeouts = { test: testTimeout.optional(), module: moduleTimeout.optional() }

const suiteSchema = z.strictObject({
  name: title.describe('Unique in the plan; reports show it.'),
  modules: z
    .union([filled, z.array(filled).min(1)])
    .describe('Files, folders and globs, relative to the plan; "!glob" excludes.'),
  grep: pattern.describe('Only tests whose full title matches.').optional(),
  order: order.describe('sequential: one module after another, in this order; default parallel.').optional(),
  needs: z.array(filled).describe('Suites that must pass before this one starts.').optional(),
  devices: z
    .record(filled, selector)
    .describe(
      "Role → the device that takes it, overriding the modules. A module without useDevice has the role 'device'.",
    )
    .optional(),
  backup: z
    .record(filled, z.array(selector).min(1))
    .describe('Role → devices that take it, in this order, while the selected one is offline or quarantined.')
    .optional(),
  ...z.object(sharedKeys).partial().shape,
  timeouts: z.strictObject(moduleTimeouts).describe('Deadlines of its modules.').optional(),
})

export const planSchema = z.strictObject({
  $schema: z.string().describe('The JSON Schema that editors check this file with.').optional(),
  suites: z.array(suiteSchema).min(1).describe('What runs, where and when.'),
  order: order
    .describe('sequential: one suite after the other, in the order of this list; default parallel.')
    .optional(),
  ...z.object(sharedKeys).partial().shape,
  timeouts: z
    .strictObject({ ...moduleTimeouts, wait: waitTimeout.optional() })
    .describe('Deadlines; the command line overrides them.')
    .optional(),
})

export type PlanKeys = z.infer<typeof planSchema>
export type SuiteKeys = PlanKeys['suites'][number]

/** The JSON Schema (draft 7) with which editors check and complete a plan. */
export function planJsonSchema(): JsonSchema {
  return { ...jsonSchemaOf(planSchema), title: 'A test plan of Baton' }
}
