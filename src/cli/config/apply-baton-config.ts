import path from 'node:path'
import type { BatonConfig } from '../../device/baton-config.js'
import { BatonError } from '../../error/baton-error.js'
import { parseReporterRequest, type ReporterRequest } from '../../report/reporter-request.js'
import { findWdioReporter } from '../../report/wdio/find-wdio-reporter.js'
import type { RunFlags } from '../run-settings.js'
import type { FoundConfig } from './read-baton-config.js'

/** Flag → its key in the configuration, if that has another name. */
const keyNames: Readonly<Record<string, string>> = {
  timeout: 'timeouts.test',
  moduleTimeout: 'timeouts.module',
  waitTimeout: 'timeouts.wait',
  reporter: 'reporters',
}

/** What a run does: the command line, completed from the configuration. */
export interface ConfiguredRun {
  globs: string[]
  flags: RunFlags
  /** Which settings come from where, for people; empty without a configuration. */
  origins: string[]
}

/**
 * Completes the command line from a configuration. What the command line sets wins; lists of setup files and variables are
 * joined, the command line's last.
 * @param explores - the run is one of `baton explore` or `baton replay`, which have no videos, traces and repeated runs
 */
export function applyBatonConfig(
  globs: string[],
  flags: RunFlags,
  { file, folder, config }: FoundConfig,
  { cwd, explores }: { cwd: string; explores: boolean },
): ConfiguredRun {
  const fromCwd = (name: string): string => pathFromCwd(folder, name, cwd)
  const modules = [config.modules ?? []].flat().map(glob => modulePath(glob, fromCwd))
  const choosesModules = flags.plan !== undefined || flags.wdioConfig !== undefined || flags.lastFailed === true
  const takesModules = globs.length === 0 && !choosesModules && modules.length > 0
  const { setup = [], reporters } = config
  // Nobody is there to stop a detached run, or to write its reports.
  const isAttended = !flags.detach
  const configured: Partial<RunFlags> = {
    ...(config.devices !== undefined && flags.redis === undefined && { devices: fromCwd(config.devices) }),
    ...(config.on && { on: config.on.join(',') }),
    ...(config.timeouts?.test !== undefined && { timeout: config.timeouts.test }),
    ...(config.timeouts?.module !== undefined && { moduleTimeout: config.timeouts.module }),
    ...(config.timeouts?.wait !== undefined && { waitTimeout: config.timeouts.wait }),
    ...(config.strict !== undefined && { strict: config.strict }),
    ...(config.keep !== undefined && { keep: config.keep }),
    // `false` on the command line means: not even one that is there.
    ...(config.keepWarm && { keepWarm: config.keepWarm }),
    ...(!explores && runFlags(config)),
    ...(isAttended && !explores && config.bail !== undefined && { bail: config.bail }),
    ...(isAttended &&
      reporters &&
      flags.reporter === undefined && { reporter: reporterRequests(reporters, file, cwd) }),
    ...(isAttended && config.junit !== undefined && { junit: fromCwd(config.junit) }),
  }
  const lists: Partial<RunFlags> = {
    ...(setup.length > 0 && { setup: [...setup.map(fromCwd), ...(flags.setup ?? [])] }),
    ...(config.env && { env: [...variablesOf(config.env), ...(flags.env ?? [])] }),
  }
  return {
    globs: takesModules ? modules : globs,
    flags: { ...configured, ...flags, ...lists },
    origins: [
      ...(modules.length > 0 ? [`modules: ${takesModules ? file : 'command line'}`] : []),
      ...Object.keys(configured).map(key => `${keyNames[key] ?? key}: ${key in flags ? 'command line' : file}`),
      ...Object.keys(lists).map(key => `${key}: ${file}${key in flags ? ', then command line' : ''}`),
    ],
  }
}

function pathFromCwd(folder: string, name: string, cwd: string): string {
  return path.relative(cwd, path.resolve(folder, name)) || '.'
}

/** The file of devices that a configuration names, as a path from the working directory. */
export function devicesFileOf({ folder, config }: FoundConfig, cwd: string): string | undefined {
  return config.devices === undefined ? undefined : pathFromCwd(folder, config.devices, cwd)
}

function runFlags({ retries, trace, video }: BatonConfig): Partial<RunFlags> {
  return {
    ...(retries !== undefined && { retries }),
    ...(trace !== undefined && { trace }),
    ...(video !== undefined && { video }),
  }
}

/** A negated glob stays negated. */
function modulePath(glob: string, fromCwd: (name: string) => string): string {
  return glob.startsWith('!') ? `!${fromCwd(glob.slice(1))}` : fromCwd(glob)
}

function variablesOf(env: NonNullable<BatonConfig['env']>): string[] {
  return Array.isArray(env) ? env : Object.entries(env).map(([name, value]) => `${name}=${value}`)
}

function reporterRequests(reporters: readonly string[], file: string, cwd: string): ReporterRequest[] {
  return reporters.map(text => {
    const parsed = parseReporterRequest(text, name => findWdioReporter(name, cwd))
    if (!('problem' in parsed)) return parsed
    throw new BatonError('BATON_CONFIG_INVALID', `'reporters': ${parsed.problem}.`, { place: { file } })
  })
}
