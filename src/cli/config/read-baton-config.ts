import { existsSync } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { BatonConfig } from '../../device/baton-config.js'
import { videoModes } from '../../device/device-entry.js'
import { parseJsonDocument, placeOfPath } from '../../device/json-document.js'
import { isObject, valueOfDocument } from '../../device/json-value.js'
import { missingFile } from '../../device/read-farm-config.js'
import { BatonError, BatonErrors, type SourceLocation } from '../../error/baton-error.js'
import { closestName, quoteNames } from '../../error/closest-name.js'
import { traceModes } from '../../event/trace-mode.js'
import { inspectValue, thrownError } from '../../run/wdio-config/thrown-error.js'

const names = ['ts', 'mts', 'js', 'mjs', 'json'].map(extension => `baton.config.${extension}`)

const text = z.string('expected text').min(1, 'expected text')
const list = z.array(text, 'expected a list of texts')
const count = (least: number): z.ZodInt => {
  const message = `expected a whole number from ${least}`
  return z.int(message).min(least, message).max(999_999_999, message)
}
const oneOf = <Name extends string>(known: readonly Name[]) => z.enum(known, `expected one of ${quoteNames(known)}`)
const timeouts = {
  test: count(0).exactOptional(),
  module: count(1).exactOptional(),
  wait: count(1).exactOptional(),
}
const keys = {
  modules: z.union([text, list], 'expected a glob or a list of globs').exactOptional(),
  devices: text.exactOptional(),
  on: list.exactOptional(),
  retries: count(0).exactOptional(),
  timeouts: z.strictObject(timeouts, 'expected an object').exactOptional(),
  reporters: list.exactOptional(),
  junit: text.exactOptional(),
  setup: list.exactOptional(),
  env: z
    .union([z.record(z.string(), z.string()), list], 'expected an object of texts or a list of names')
    .exactOptional(),
  trace: oneOf(traceModes).exactOptional(),
  video: oneOf(videoModes).exactOptional(),
  bail: z.boolean('expected true or false').exactOptional(),
  strict: z.boolean('expected true or false').exactOptional(),
  keep: count(1).exactOptional(),
  keepWarm: z
    .union([z.boolean(), z.int().min(1).max(999_999_999)], 'expected true, false or milliseconds')
    .exactOptional(),
}
const schema = z.strictObject(keys)

/** A configuration and its file. */
export interface FoundConfig {
  /** As messages show it. */
  file: string
  /** The folder that its paths are relative to; absolute. */
  folder: string
  config: BatonConfig
}

/**
 * Reads `baton.config.ts` of a project.
 * @param given - `--config`
 * @returns undefined if there is none
 * @throws BatonErrors BATON_CONFIG_MISSING, or BATON_CONFIG_INVALID with each value that can't be used
 */
export async function readBatonConfig(given: string | undefined, cwd: string): Promise<FoundConfig | undefined> {
  const file = given ?? names.find(name => existsSync(path.join(cwd, name)))
  if (file === undefined) return undefined
  const absolute = path.resolve(cwd, file)
  await access(absolute).catch(async (error: unknown) => {
    throw new BatonErrors([await missingFile(file, error as NodeJS.ErrnoException, wanted)])
  })
  const { value, locate } = await (file.endsWith('.json') ? readJson(absolute, file) : evaluate(absolute, file, cwd))
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new BatonErrors(parsed.error.issues.flatMap(issue => errorsOf(issue, value, locate)))
  return { file, folder: path.dirname(absolute), config: parsed.data }
}

const wanted = { what: 'a configuration', create: 'create it (docs/configuration.md), or remove --config.' }

type Steps = readonly (string | number)[]

interface ReadValue {
  value: unknown
  readonly locate: (at: Steps) => SourceLocation
}

async function readJson(absolute: string, file: string): Promise<ReadValue> {
  const document = parseJsonDocument(await readFile(absolute, 'utf8'), file, 'the configuration')
  const { value, errors } = valueOfDocument(document, each => each)
  if (errors.length > 0) throw new BatonErrors(errors)
  return { value, locate: at => placeOfPath(document, at) }
}

/** Runs the file in this process, with what it imports. */
async function evaluate(absolute: string, file: string, cwd: string): Promise<ReadValue> {
  const { prepareFile } = await import('../../module/evaluate-file.js')
  const prepared = await prepareFile(absolute, cwd)
  const exports = await prepared.evaluate().catch((error: unknown) => {
    throw thrownError(error, `${file} threw while it was loaded`, { file }, stack => prepared.mapStack(stack))
  })
  const { default: value } = exports
  if (isObject(value)) return { value, locate: at => prepared.locate('default', at) ?? { file } }
  throw new BatonError(
    'BATON_CONFIG_INVALID',
    `expected a default export that is an object, found ${inspectValue(value)}.`,
    {
      place: { file },
      hint: "write: import { defineConfig } from 'baton'; export default defineConfig({ … })",
    },
  )
}

function errorsOf(issue: z.core.$ZodIssue, value: unknown, locate: ReadValue['locate']): BatonError[] {
  const at = issue.path.map(step => (typeof step === 'number' ? step : String(step)))
  if (issue.code !== 'unrecognized_keys') {
    const found = at.reduce<unknown>(
      (outer, step) => (outer as Record<string | number, unknown> | undefined)?.[step],
      value,
    )
    const message = `'${at.join('.')}': ${issue.message}, found ${inspectValue(found)}.`
    return [new BatonError('BATON_CONFIG_INVALID', message, { place: locate(at) })]
  }
  const known = Object.keys(at.length === 0 ? keys : timeouts)
  return issue.keys.map(key => {
    const near = closestName(key, known)
    const hint = near === undefined ? `it has: ${known.join(', ')}` : `did you mean '${near}'?`
    return new BatonError('BATON_CONFIG_INVALID', `unknown key '${[...at, key].join('.')}'.`, {
      place: locate([...at, key]),
      hint,
    })
  })
}
