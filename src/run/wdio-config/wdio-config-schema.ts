import { z } from 'zod'
import { grepPattern } from '../../device/grep-pattern.js'
import { snapshotModes } from '../../script/worker-messages.js'

/*
 * The keys of a WebdriverIO configuration that Baton takes over. Other keys pass: a configuration may have keys of its own,
 * which its specs read from `browser.options`.
 */

/** A function of the configuration. */
export type ConfigHook = (...args: unknown[]) => unknown

/** Hooks that run in a worker, with its modules. */
export const workerHooks = [
  'beforeSession',
  'before',
  'beforeSuite',
  'beforeHook',
  'beforeTest',
  'beforeCommand',
  'afterCommand',
  'afterTest',
  'afterHook',
  'afterSuite',
  'after',
  'afterSession',
  'beforeAssertion',
  'afterAssertion',
] as const

/** Hooks that run where the run was started. */
export const launcherHooks = ['onPrepare', 'onComplete'] as const

const expect = (expected: string): { error: string } => ({ error: `expected ${expected}` })

const milliseconds = z.number(expect('milliseconds, 0 or more')).min(0, expect('milliseconds, 0 or more'))
const count = z.int(expect('a whole number, 0 or more')).min(0, expect('a whole number, 0 or more'))
const flag = z.boolean(expect('true or false'))
const strings = (what: string): z.ZodArray<z.ZodString> => z.array(z.string(expect(what)), expect('a list of strings'))

/** A path or glob, or a list of them. */
const specs = z
  .array(z.unknown(), expect('a list of paths and globs'))
  .superRefine((list, context) => {
    for (const [index, spec] of list.entries()) {
      const inner = Array.isArray(spec) ? spec.map((one, at) => [one, [index, at]]) : [[spec, [index]]]
      for (const [one, path] of inner as [unknown, number[]][]) {
        if (typeof one !== 'string') context.addIssue({ code: 'custom', message: 'expected a path or glob', path })
      }
    }
  })
  .transform(list => list as (string | string[])[])

const isHook = (value: unknown): value is ConfigHook => typeof value === 'function'

const hooks = z
  .unknown()
  .refine(value => isHook(value) || (Array.isArray(value) && value.every(isHook)), {
    error: 'expected a function or a list of functions',
  })
  .transform((value): ConfigHook[] => (Array.isArray(value) ? value : [value]))

const timeout = z.union([z.number(), z.string(), z.literal(false)], expect('milliseconds, or a time such as "10s"'))
/** As mocha reads it: `/…/i` in a text, too. */
const pattern = z.union([z.string(), z.instanceof(RegExp)], expect('a text or a regular expression')).refine(given => {
  try {
    return Boolean(grepPattern(String(given)))
  } catch {
    return false
  }
}, expect('a valid regular expression'))

/** `mochaOpts`, as far as they apply to one file at a time. */
const mochaOpts = z.looseObject(
  {
    timeout,
    retries: count,
    grep: pattern,
    fgrep: z.string(expect('a string')),
    invert: flag,
    bail: flag,
    ui: z.enum(['bdd', 'tdd', 'qunit'], expect('"bdd", "tdd" or "qunit"')),
    require: z.union([z.string(), strings('path')], expect('a list of paths')),
    slow: timeout,
    forbidOnly: flag,
    forbidPending: flag,
    allowUncaught: flag,
    asyncOnly: flag,
    checkLeaks: flag,
    global: strings('name'),
  },
  expect('an object of mocha options'),
)

const hookKeys = Object.fromEntries([...workerHooks, ...launcherHooks].map(name => [name, hooks])) as Record<
  (typeof workerHooks)[number] | (typeof launcherHooks)[number],
  typeof hooks
>

export const wdioConfigSchema = z
  .looseObject({
    specs,
    suites: z.record(z.string(), specs, expect('an object of suites')),
    exclude: strings('path or glob'),
    framework: z.string(expect('the name of a framework')),
    baseUrl: z.string(expect('a URL')),
    waitforTimeout: milliseconds,
    waitforInterval: milliseconds,
    connectionRetryTimeout: milliseconds,
    connectionRetryCount: count,
    bail: count,
    specFileRetries: count,
    updateSnapshots: z.enum(snapshotModes, expect(snapshotModes.join(', '))),
    runnerEnv: z.record(z.string(), z.unknown(), expect('an object of environment variables')),
    mochaOpts: mochaOpts.partial(),
    ...hookKeys,
  })
  .partial()

export type WdioConfig = z.infer<typeof wdioConfigSchema>
export type MochaOpts = NonNullable<WdioConfig['mochaOpts']>
