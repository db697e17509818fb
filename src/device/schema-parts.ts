import { z } from 'zod'
import { defaults } from './defaults.js'
import { labelProblem } from './label.js'

/** Names are used in selectors, paths and command lines. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** Longest time that Node's timers take. */
const maxMs = 2_147_483_647
export const milliseconds = z.int().min(0).max(maxMs)
export const deadline = z.int().min(1).max(maxMs)

/** A text with a custom rule; `problem` returns what was expected. */
export function text(problem: (value: string) => string | undefined): z.ZodString {
  return z.string().check(context => {
    const message = problem(context.value)
    if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value })
  })
}

export const filled = text(value => (value.trim() === '' ? 'expected text that is not empty' : undefined))

export const name = text(value =>
  namePattern.test(value)
    ? undefined
    : 'expected a name: a letter or digit, then letters, digits, ".", "_", "-", up to 63',
)
const variable = /^[A-Za-z_]\w*$/
export const variables = z.record(
  text(key => (variable.test(key) ? undefined : 'expected the name of an environment variable')),
  z.string(),
)

export const environment = z
  .union([
    z.array(text(value => (variable.test(value.split('=', 1)[0] ?? '') ? undefined : 'expected NAME or NAME=VALUE'))),
    variables,
  ])
  .describe('Environment variables that modules see: a list of NAME or NAME=VALUE, or an object of values.')

export interface ModuleVariables {
  /** Names of variables whose values are taken from the submitter. */
  pass: string[]
  set: Record<string, string>
}

export function environmentOf(env: z.infer<typeof environment> | undefined): ModuleVariables {
  if (!Array.isArray(env)) return { pass: [], set: env ?? {} }
  const withValue = env.filter(item => item.includes('='))
  const set = Object.fromEntries(
    withValue.map(item => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]),
  )
  return { pass: env.filter(item => !item.includes('=')), set }
}

const onLabelList = text(value =>
  value
    .split(',')
    .map(label => labelProblem(label.trim()))
    .find(problem => problem !== undefined),
)

/** Any label, including those that Baton sets. */
export const anyLabel = text(labelProblem)

/** Comma-separated as in `--on`, or a list. */
export const onLabels = z.union([onLabelList, z.array(anyLabel)])

/** @returns the labels, without repeats */
export function labelsOfOn(on: z.infer<typeof onLabels> | undefined): string[] {
  return [...new Set(typeof on === 'string' ? on.split(',').map(label => label.trim()) : on)]
}

export const testTimeout = milliseconds.describe(
  `Milliseconds for each test or hook; default ${defaults.testTimeoutMs}; 0: none.`,
)
export const moduleTimeout = deadline.describe(
  `Milliseconds for a module from its first line; default ${defaults.moduleTimeoutMs}.`,
)
export const waitTimeout = deadline.describe(
  `Milliseconds that a module waits while no online device matches; default ${defaults.waitTimeoutMs}.`,
)
