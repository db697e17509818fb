import { isDeepStrictEqual } from 'node:util'
import { closestName } from '../../error/closest-name.js'
import { launcherHooks, workerHooks, wdioConfigSchema } from './wdio-config-schema.js'

/** A key of a configuration that Baton does not take over, and why. */
export interface IgnoredKey {
  key: string
  reason: string
}

const sessions = 'the hosts of a farm open the sessions'
const devices = 'devices.json declares the devices of a run'
const launcher = 'hosts start and reuse their workers; put this into onPrepare or a module'
const cucumber = 'Baton runs mocha'
const reports = 'Baton writes its own reports: run.json and junit.xml'

/** Why each key is ignored. */
const reasons: Readonly<Record<string, string>> = {
  capabilities: devices,
  services: 'Baton starts servers ("servers" in devices.json) and devices by itself; put other code into hooks',
  reporters: reports,
  reporterSyncInterval: reports,
  reporterSyncTimeout: reports,
  outputDir: 'reports go to --output',
  runner: 'modules run in the workers of hosts',
  maxInstances: 'each device runs one module at a time',
  maxInstancesPerCapability: 'each device runs one module at a time',
  logLevel: 'set "logLevel" in devices.json',
  logLevels: 'set "logLevel" in devices.json',
  groupLogsByTestSpec: 'Baton keeps the output of each module together',
  excludeDriverLogs: sessions,
  specFileRetriesDelay: 'a failed module runs again as soon as a device is free',
  specFileRetriesDeferred: 'a failed module runs again as soon as a device is free',
  injectGlobals: 'the globals are always there',
  execArgv: launcher,
  resolveSnapshotPath: 'snapshots are stored in __snapshots__, next to their module',
  filesToWatch: 'Baton does not watch files',
  shard: 'use --shard',
  tsConfigPath: 'Baton reads the nearest tsconfig.json',
  autoCompileOpts: 'Baton bundles TypeScript by itself',
  cacheDir: sessions,
  automationProtocol: sessions,
  protocol: sessions,
  hostname: sessions,
  port: sessions,
  path: sessions,
  queryParams: sessions,
  headers: sessions,
  user: devices,
  key: devices,
  region: devices,
  strictSSL: sessions,
  onReload: 'sessions belong to their hosts',
  onWorkerStart: launcher,
  onWorkerEnd: launcher,
  jasmineOpts: cucumber,
  cucumberOpts: cucumber,
  beforeFeature: cucumber,
  beforeScenario: cucumber,
  beforeStep: cucumber,
  afterStep: cucumber,
  afterScenario: cucumber,
  afterFeature: cucumber,
}

/** WebdriverIO's defaults, which `defineConfig` writes into every configuration. */
const wdioDefaults: Readonly<Record<string, unknown>> = {
  runner: 'local',
  logLevel: 'info',
  maxInstances: 100,
  maxInstancesPerCapability: 100,
  injectGlobals: true,
  groupLogsByTestSpec: false,
  reporterSyncInterval: 100,
  reporterSyncTimeout: 5000,
  specFileRetriesDelay: 0,
  specFileRetriesDeferred: false,
  autoAssertOnTestEnd: true,
  shard: { current: 1, total: 1 },
  jasmineOpts: { defaultTimeoutInterval: 10_000 },
  cucumberOpts: { timeout: 10_000 },
  bail: 0,
}

const mochaReasons: Readonly<Record<string, string>> = {
  reporter: reports,
  reporterOption: reports,
  reporterOptions: reports,
  parallel: 'each device runs one module at a time',
  jobs: 'each device runs one module at a time',
  compilers: 'Baton bundles TypeScript by itself',
  delay: 'modules may use top-level await instead',
  dryRun: 'use --dry-run',
  failZero: 'a module without tests is reported',
  file: 'name the file in mochaOpts.require or with --setup',
  spec: 'specs name the modules',
  ignore: 'use exclude',
  extension: 'specs name the modules',
  watch: 'Baton does not watch files',
  exit: 'a worker never waits for what a module left behind',
}

/** Lists each key that is set but ignored; pure. */
export function ignoredKeys(config: Readonly<Record<string, unknown>>): IgnoredKey[] {
  const own = Object.entries(config).flatMap(([key, value]) => ignoredKey(key, value))
  const mochaOpts = Object.entries((config['mochaOpts'] as object | undefined) ?? {})
  const mocha = mochaOpts.flatMap(([key, value]: [string, unknown]) => {
    const reason = mochaReasons[key]
    return reason === undefined || isUnset(value) ? [] : [{ key: `mochaOpts.${key}`, reason }]
  })
  const bail = typeof config['bail'] === 'number' && config['bail'] > 1
  const afterFirst = { key: 'bail', reason: 'a run stops at its first failed module or at none: it stops at the first' }
  return [...own, ...mocha, ...(bail ? [afterFirst] : [])]
}

function ignoredKey(key: string, value: unknown): IgnoredKey[] {
  if (isUnset(value) || isDeepStrictEqual(value, wdioDefaults[key])) return []
  const reason = reasons[key]
  if (reason !== undefined) return [{ key, reason }]
  const near = closestName(key, knownKeys)
  const isMisspelt = near !== undefined && near !== key && Math.abs(near.length - key.length) <= 2
  return isMisspelt && !knownKeys.includes(key)
    ? [{ key, reason: `WebdriverIO has no such key; did you mean '${near}'?` }]
    : []
}

const knownKeys = [
  ...Object.keys(wdioConfigSchema.shape),
  ...Object.keys(reasons),
  ...Object.keys(wdioDefaults),
  ...workerHooks,
  ...launcherHooks,
]

function isUnset(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
