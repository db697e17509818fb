import { dirname, relative, resolve } from 'node:path'
import { stat } from 'node:fs/promises'
import { BatonError, BatonErrors, type SourceLocation } from '../../error/baton-error.js'
import { prepareFile, type EvaluableFile, type ValuePath } from '../../module/evaluate-file.js'
import { nearestPath } from '../../module/nearest-path.js'
import { inspectValue, thrownError } from './thrown-error.js'
import { ignoredKeys, type IgnoredKey } from './ignored-keys.js'
import { wdioConfigSchema, type WdioConfig } from './wdio-config-schema.js'
import { isObject } from '../../device/json-value.js'

/** A WebdriverIO configuration, loaded and checked. */
export interface LoadedWdioConfig {
  /** As messages show it: relative to where the run was started. */
  name: string
  /** Absolute. */
  path: string
  /** The folder that its paths are relative to; absolute. */
  folder: string
  /** A copy of the exported object, which hooks of the launcher may change. */
  exported: Record<string, unknown>
  /** Its keys that Baton takes over, as they were when it was loaded. */
  config: WdioConfig
  ignored: readonly IgnoredKey[]
  locate(path: ValuePath): SourceLocation
  mapStack(stack: string): string
}

/**
 * Loads a WebdriverIO configuration as `wdio run` does: it runs in this process, with what it imports.
 * @param file - relative to `cwd` or absolute
 * @throws BatonError BATON_CONFIG_MISSING, BATON_CONFIG_INVALID if it throws or exports no `config`; BatonErrors with each value that can't be used
 */
export async function readWdioConfig(file: string, cwd: string): Promise<LoadedWdioConfig> {
  const path = resolve(cwd, file)
  const name = relative(cwd, path) || file
  await assertExists(path, name, cwd)
  const prepared = await prepareFile(path, cwd)
  const exported = await exportedConfig(prepared, name)
  const locate = (at: ValuePath): SourceLocation => prepared.locate('config', at) ?? { file: name }
  const config = checkConfig(exported, name, locate)
  return {
    name,
    path,
    folder: dirname(path),
    exported,
    config,
    ignored: ignoredKeys(exported),
    locate,
    mapStack: stack => prepared.mapStack(stack),
  }
}

async function assertExists(path: string, name: string, cwd: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return
  const nearest = found ? undefined : await nearestPath(path)
  const hint = nearest === undefined ? undefined : `did you mean '${relative(cwd, nearest) || nearest}'?`
  const what = found ? 'expected a file, found a folder' : 'the file does not exist'
  throw new BatonError('BATON_CONFIG_MISSING', `--wdio-config ${name}: ${what}.`, hint === undefined ? {} : { hint })
}

async function exportedConfig(prepared: EvaluableFile, name: string): Promise<Record<string, unknown>> {
  let exports: Record<string, unknown>
  let config: unknown
  try {
    exports = await prepared.evaluate()
    const fallback = exports['default'] as { config?: unknown } | undefined
    config = exports['config'] ?? fallback?.config
    // A copy: hooks may change it although the export is frozen, and a getter may throw.
    if (isObject(config)) return { ...config }
  } catch (error) {
    throw thrownError(error, `${name} threw while it was loaded`, { file: name }, stack => prepared.mapStack(stack))
  }
  const found =
    config === undefined
      ? `found only: ${Object.keys(exports).join(', ') || 'nothing'}`
      : `found ${inspectValue(config)}`
  const message = `expected an export named 'config' that is an object, ${found}.`
  throw new BatonError('BATON_CONFIG_INVALID', message, {
    place: prepared.locate('config', []) ?? { file: name },
    hint: 'write: export const config = { … } (CommonJS: exports.config = { … })',
  })
}

function checkConfig(
  exported: Record<string, unknown>,
  name: string,
  locate: (path: ValuePath) => SourceLocation,
): WdioConfig {
  const parsed = wdioConfigSchema.safeParse(withoutUnset(exported))
  const errors = parsed.success
    ? []
    : parsed.error.issues.map(issue => issueError(issue.path, issue.message, exported, locate))
  const refused = frameworkError(exported['framework'], locate)
  if (refused) errors.push(refused)
  if (!parsed.success || errors.length > 0) throw new BatonErrors(errors)
  return parsed.data
}

function issueError(
  issuePath: readonly PropertyKey[],
  expected: string,
  exported: unknown,
  locate: (path: ValuePath) => SourceLocation,
): BatonError {
  const path = issuePath.map(step => (typeof step === 'number' ? step : String(step)))
  const value = path.reduce<unknown>(
    (at, step) => (at as Record<string | number, unknown> | undefined)?.[step],
    exported,
  )
  return new BatonError('BATON_CONFIG_INVALID', `'${formatPath(path)}': ${expected}, found ${inspectValue(value)}.`, {
    place: locate(path),
    hint: 'the documentation of WebdriverIO has each key: https://webdriver.io/docs/configuration',
  })
}

function frameworkError(framework: unknown, locate: (path: ValuePath) => SourceLocation): BatonError | undefined {
  if (framework === undefined || typeof framework !== 'string' || framework === 'mocha') return undefined
  return new BatonError('BATON_CONFIG_INVALID', `'framework': expected 'mocha', found '${framework}'.`, {
    place: locate(['framework']),
    hint: `Baton runs mocha specs only; run ${framework} specs with wdio run`,
  })
}

function withoutUnset(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null))
}

function formatPath(path: ValuePath): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`)).join('')
}
