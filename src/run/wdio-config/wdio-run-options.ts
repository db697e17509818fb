import { resolve } from 'node:path'
import type { WebdriverOptions } from '../../device/device-entry.js'
import type { AttemptOptions } from '../../host/attempt/attempt-options.js'
import type { SnapshotMode } from '../../script/worker-messages.js'
import type { LoadedWdioConfig } from './read-wdio-config.js'
import { workerHooks, type MochaOpts } from './wdio-config-schema.js'

/** mocha's timeout under WebdriverIO if the configuration sets none; milliseconds. */
export const wdioTestTimeoutMs = 10_000

/** What a configuration sets for all modules of a run. */
export interface WdioRunOptions {
  /** The configuration and the files that mocha requires, to be bundled into each module before any other; absolute. */
  setup: string[]
  /** `NAME=VALUE` */
  env: string[]
  timeoutMs?: number
  retries?: number
  bail?: boolean
  updateSnapshots?: SnapshotMode
  grep?: string
  mocha: Required<AttemptOptions>['mocha']['more']
  mochaBail?: boolean
  webdriver: WebdriverOptions
  wdio: NonNullable<AttemptOptions['wdio']>
}

/** Translates a configuration into the options of a run. */
export async function wdioRunOptions({ name, path, folder, config }: LoadedWdioConfig): Promise<WdioRunOptions> {
  const { mochaOpts = {}, specFileRetries, bail, updateSnapshots } = config
  const timeoutMs = await milliseconds(mochaOpts.timeout)
  const required = [mochaOpts.require ?? []].flat()
  return {
    setup: [path, ...required.map(file => resolve(folder, file))],
    env: Object.entries(config.runnerEnv ?? {}).map(([key, value]) => `${key}=${String(value)}`),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(specFileRetries !== undefined && { retries: specFileRetries }),
    ...(updateSnapshots !== undefined && { updateSnapshots }),
    ...(bail !== undefined && bail > 0 && { bail: true }),
    ...(mochaOpts.grep !== undefined && { grep: String(mochaOpts.grep) }),
    ...(mochaOpts.bail !== undefined && { mochaBail: mochaOpts.bail }),
    mocha: await mochaOptions(mochaOpts),
    webdriver: webdriverOptions(config),
    wdio: { file: name, hooks: workerHooks.filter(hook => config[hook] !== undefined) },
  }
}

function webdriverOptions({
  baseUrl,
  waitforTimeout,
  waitforInterval,
  connectionRetryTimeout,
  connectionRetryCount,
}: LoadedWdioConfig['config']): WebdriverOptions {
  return {
    // An empty one is WebdriverIO's way to set none.
    ...(baseUrl !== undefined && baseUrl !== '' && { baseUrl }),
    ...(waitforTimeout !== undefined && { waitforTimeout }),
    ...(waitforInterval !== undefined && { waitforInterval }),
    ...(connectionRetryTimeout !== undefined && { connectionRetryTimeout }),
    ...(connectionRetryCount !== undefined && { connectionRetryCount }),
  }
}

async function mochaOptions(opts: MochaOpts): Promise<WdioRunOptions['mocha']> {
  const { retries, fgrep, invert, ui, forbidOnly, forbidPending, allowUncaught, asyncOnly, checkLeaks, global } = opts
  const slow = await milliseconds(opts.slow)
  const given = {
    retries,
    fgrep,
    invert,
    ui,
    forbidOnly,
    forbidPending,
    allowUncaught,
    asyncOnly,
    checkLeaks,
    global,
    slow,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** Times may be texts such as `10s`, which only mocha can read; `false` means none. */
async function milliseconds(time: number | string | false | undefined): Promise<number | undefined> {
  if (typeof time !== 'string') return time === false ? 0 : time
  const { default: Mocha } = await import('mocha')
  return new Mocha.Suite('').timeout(time).timeout()
}
