import { LauncherHooks, type LauncherResults } from '../run/wdio-config/launcher-hooks.js'
import type { LoadedWdioConfig } from '../run/wdio-config/read-wdio-config.js'
import { wdioRunOptions, type WdioRunOptions } from '../run/wdio-config/wdio-run-options.js'
import { exitCodeFor } from '../error/format-error.js'
import type { RunFlags } from './run-settings.js'
import type { RunSetup } from './run-setup.js'
import { warn } from './secrets.js'

/** The WebdriverIO configuration of a run, and what it changes about the run. */
export interface WdioRun {
  loaded: LoadedWdioConfig
  options: WdioRunOptions
  /** The flags of the command line, completed from the configuration. */
  flags: RunFlags
  hooks: LauncherHooks
}

/** @returns undefined without `--wdio-config` */
export async function openWdioRun(flags: RunFlags, cwd: string): Promise<WdioRun | undefined> {
  if (flags.wdioConfig === undefined) return undefined
  // It loads the bundler.
  const { readWdioConfig } = await import('../run/wdio-config/read-wdio-config.js')
  const loaded = await readWdioConfig(flags.wdioConfig, cwd)
  const options = await wdioRunOptions(loaded)
  warnAboutIgnored(loaded, flags)
  return { loaded, options, flags: completeFlags(flags, options), hooks: new LauncherHooks(loaded, warn) }
}

/** What the command line sets wins. A detached run can't be stopped at its first failure. */
function completeFlags(flags: RunFlags, { retries, bail, grep, updateSnapshots }: WdioRunOptions): RunFlags {
  return {
    ...(retries !== undefined && { retries }),
    ...(bail !== undefined && !flags.detach && { bail }),
    ...(grep !== undefined && { grep }),
    ...(updateSnapshots !== undefined && { updateSnapshots }),
    ...flags,
  }
}

function warnAboutIgnored({ name, ignored, config }: LoadedWdioConfig, { detach, plan }: RunFlags): void {
  const lines = ignored.map(({ key, reason }) => `  ${key}: ${reason}`)
  if (detach && config.onComplete) lines.push('  onComplete: this process ends before a detached run does')
  if (plan !== undefined && config.specs) lines.push('  specs: the suites of the plan name the modules')
  if (lines.length > 0) warn([`${name}: ignored:`, ...lines].join('\n'))
}

/**
 * Runs `onPrepare`, then the work, then `onComplete`, however the work ended.
 * @param work - returns the exit code
 */
export async function withLauncherHooks(
  wdio: WdioRun | undefined,
  flags: RunFlags,
  work: (note: (setup: Pick<RunSetup, 'verdicts'>) => void) => Promise<number>,
): Promise<number> {
  if (!wdio || flags.dryRun) return work(() => {})
  let setup: Pick<RunSetup, 'verdicts'> = {}
  let exitCode = 1
  try {
    await wdio.hooks.prepare()
    exitCode = await work(started => (setup = started))
  } catch (error) {
    await wdio.hooks.complete(exitCodeFor(error), resultsOf(setup))
    throw error
  }
  return flags.detach ? exitCode : wdio.hooks.complete(exitCode, resultsOf(setup))
}

function resultsOf({ verdicts = new Map() }: Pick<RunSetup, 'verdicts'>): LauncherResults {
  const all = [...verdicts.values()]
  const passed = all.filter(verdict => verdict === 'passed' || verdict === 'flaky' || verdict === 'skipped').length
  return { finished: all.length, passed, retries: 0, failed: all.length - passed }
}
