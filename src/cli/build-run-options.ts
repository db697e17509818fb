import { fillServers } from '../device/references.js'
import { defaults } from '../device/defaults.js'
import type { AttemptOptions } from '../host/attempt/attempt-options.js'
import { moduleEnvironment } from '../run/module-environment.js'
import type { RunApp } from '../run/read-app.js'
import type { RunOptions, SuiteOptions } from '../run/run-options.js'
import type { Suite } from '../run/plan/test-plan.js'
import type { RunFlags, RunSettings } from './run-settings.js'
import type { ModuleSelection, SelectedSuite } from '../run/selection/module-selection.js'

export interface RunOptionsSource {
  flags: RunFlags
  settings: RunSettings
  selection: ModuleSelection
  /** Server → base URL. */
  servers: Record<string, string>
  traceparent?: string
}

/** The options of a run, merged from flags, plan and devices.json. */
export function buildRunOptions(source: RunOptionsSource): RunOptions {
  const { flags, settings, selection } = source
  const { plan, app } = selection
  const suites = plan?.suites ?? []
  return {
    on: settings.selection.on,
    retries: flags.retries ?? defaults.retries,
    waitTimeoutMs: flags.waitTimeout ?? plan?.waitTimeoutMs ?? settings.waitTimeoutMs,
    bail: flags.bail ?? false,
    apps: uniqueApps([app, ...suites.map(found => found.app)]),
    execution: executionOf(source, {}, app),
    ...(plan && { suites: Object.fromEntries(suites.map(found => [found.suite.name, suiteOptionsOf(source, found)])) }),
  }
}

function uniqueApps(apps: readonly (RunApp | undefined)[]): RunApp[] {
  return [...new Map(apps.flatMap(app => (app ? [[app.hash, app] as const] : []))).values()]
}

function suiteOptionsOf(source: RunOptionsSource, { suite, app }: SelectedSuite): SuiteOptions {
  return {
    retries: source.flags.retries ?? suite.retries ?? defaults.retries,
    execution: executionOf(source, suite, source.selection.app ?? app),
  }
}

function executionOf(
  { flags, settings, servers, traceparent }: RunOptionsSource,
  suite: Partial<Suite>,
  app: RunApp | undefined,
): AttemptOptions {
  const grep = flags.grep ?? suite.grep
  const requests = environmentRequests(settings, suite).map(request => fillServers(request, servers))
  return {
    mocha: {
      timeoutMs: suite.testTimeoutMs ?? settings.timeoutMs,
      ...(grep !== undefined && { grep }),
      bail: settings.wdio?.mochaBail ?? flags.bail ?? false,
      forbidOnly: isCi(),
      ...(settings.wdio?.mocha && { more: settings.wdio.mocha }),
    },
    moduleTimeoutMs: suite.moduleTimeoutMs ?? settings.moduleTimeoutMs,
    env: moduleEnvironment(requests, process.env),
    servers,
    ...(app && { app: { hash: app.hash, name: app.name } }),
    ...(flags.video && { video: flags.video }),
    ...(flags.trace && { trace: flags.trace }),
    ...(settings.wdio && { webdriver: settings.wdio.webdriver, wdio: settings.wdio.wdio }),
    updateSnapshots: flags.updateSnapshots ?? (isCi() ? 'none' : 'new'),
    ...(traceparent !== undefined && { traceparent }),
    inspect: settings.inspect,
  }
}

function environmentRequests({ env }: RunSettings, suite: Partial<Suite>): string[] {
  return [...env.file, ...(suite.env ?? []), ...env.flags]
}

/** @throws BatonError BATON_ENV_MISSING if a variable for modules is not set */
export function assertEnvironmentIsSet(settings: RunSettings, { plan }: ModuleSelection): void {
  for (const suite of plan?.suites ?? [{ suite: {} }]) {
    moduleEnvironment(environmentRequests(settings, suite.suite), process.env)
  }
}

/** Some people set `CI=false` outside of CI. */
export function isCi(): boolean {
  return !['', '0', 'false'].includes(process.env['CI'] ?? '')
}
