import path from 'node:path'
import { defaults } from '../device/defaults.js'
import type { FarmConfig, ServerEntry } from '../device/farm-config.js'
import { parseLabels } from '../device/on-labels.js'
import { BatonError, BatonErrors } from '../error/baton-error.js'
import type { DeviceCoverage } from '../run/selection/cover-devices.js'
import type { ReporterRequest } from '../report/reporter-request.js'
import type { FarmRequirement } from '../run/farm-requirement.js'
import type { SelectionOptions } from '../run/selection/selection-options.js'
import type { Shard } from '../run/selection/shard.js'
import { requestsOf } from '../run/plan/test-plan.js'
import { drivers } from './drivers.js'
import { readFarmFile } from './read-farm-file.js'
import type { SnapshotMode } from '../script/worker-messages.js'
import type { VideoMode } from '../device/device-entry.js'
import type { TraceMode } from '../event/trace-mode.js'
import { wdioTestTimeoutMs, type WdioRunOptions } from '../run/wdio-config/wdio-run-options.js'

/** The options of `baton run`, as commander hands them over. Times are milliseconds. */
export interface RunFlags {
  /** The file of the project's configuration; absent: `baton.config.ts`, if it exists. */
  config?: string
  devices?: string
  on?: string
  redis?: string
  plan?: string
  retries?: number
  grep?: string
  strict?: boolean
  timeout?: number
  moduleTimeout?: number
  waitTimeout?: number
  waitFor?: FarmRequirement[]
  ownerTtl?: number
  bail?: boolean
  app?: string
  video?: VideoMode
  trace?: TraceMode
  detach?: boolean
  setup?: string[]
  env?: string[]
  junit?: string
  reporter?: ReporterRequest[]
  output: string
  dryRun?: boolean
  list?: boolean
  repeat?: number
  /** How many runs keep their reports, this one included; Infinity: all. */
  keep?: number
  json?: boolean
  verbose?: boolean
  inspect?: boolean
  updateSnapshots?: SnapshotMode
  /** `true` without labels. */
  every?: string | true
  everyRole?: string
  inOrder?: boolean
  lastFailed?: boolean
  shard?: Shard
  wdioConfig?: string
  suite?: string[]
  /** Of `baton replay`. */
  headed?: boolean
  /** Whether a private farm stays after the run, or the milliseconds that it stays; false: not even use one that is there. */
  keepWarm?: boolean | number
}

/** Flags and devices.json merged: flags override the file, and defaults fill the rest. */
export interface RunSettings {
  /** The run's private farm, if it has one: the devices of this file. */
  own: { config: FarmConfig; file: string } | undefined
  redisUrl: string | undefined
  /** Which modules run on which devices. */
  selection: SelectionOptions
  setup: string[]
  /** `NAME` or `NAME=VALUE`; values may hold `${server:…}`. Those of the command line win over a plan's. */
  env: { file: string[]; flags: string[] }
  servers: Record<string, ServerEntry>
  /** From `--wdio-config`. */
  wdio?: WdioRunOptions
  timeoutMs: number
  moduleTimeoutMs: number
  waitTimeoutMs: number
  /** One worker, under the debugger. */
  inspect: boolean
  /** Browsers of a private farm are shown. */
  headed: boolean
  ownerTtlMs: number
  keepWarm: KeepWarm
}

/** Whether a private farm may be one that stays. */
export interface KeepWarm {
  /** It starts one. */
  starts: boolean
  /** Milliseconds without a run after which it ends. Default: as the farm that it replaces, or `defaults.warmIdleMs`. */
  idleMs?: number
  /** Why this command needs a private farm. */
  needsOwn?: string
}

/**
 * Reads devices.json as far as it concerns this run. With `--redis`, the hosts have files of their own; if `--devices` names a
 * file then, only its setup files, environment and servers are used.
 * @param wdio - from the WebdriverIO configuration, if there is one
 */
export async function readRunSettings(flags: RunFlags, cwd: string, wdio?: WdioRunOptions): Promise<RunSettings> {
  const file = flags.devices ?? defaults.devicesFile
  const wanted = flags.redis === undefined || flags.devices !== undefined
  const config = wanted ? await readFarmFile(file) : undefined
  const redisUrl = flags.redis ?? config?.redis
  if (flags.waitFor && redisUrl === undefined) {
    throw new BatonError('BATON_USAGE', '--wait-for: expected --redis, found no shared farm.', {
      hint: 'a private farm has the devices of its devices.json, and waits for them by itself.',
    })
  }
  if (config && redisUrl === undefined) assertCanRecord(flags, config)
  if (config && redisUrl === undefined) await assertNoMistakes(config)
  return {
    own: config && redisUrl === undefined ? { config, file } : undefined,
    redisUrl,
    selection: selectionOptionsOf(flags, config?.on ?? []),
    setup: [...(wdio?.setup ?? []), ...(config?.setup ?? []), ...(flags.setup ?? [])].map(file =>
      path.resolve(cwd, file),
    ),
    env: { file: [...(wdio?.env ?? []), ...(config ? requestsOf(config.env) : [])], flags: flags.env ?? [] },
    servers: config?.servers ?? {},
    ...(wdio && { wdio }),
    timeoutMs:
      flags.timeout ?? wdio?.timeoutMs ?? config?.timeouts.test ?? (wdio ? wdioTestTimeoutMs : defaults.testTimeoutMs),
    moduleTimeoutMs: flags.moduleTimeout ?? config?.timeouts.module ?? defaults.moduleTimeoutMs,
    waitTimeoutMs: flags.waitTimeout ?? config?.timeouts.wait ?? defaults.waitTimeoutMs,
    inspect: flags.inspect ?? false,
    headed: flags.headed ?? false,
    ownerTtlMs: flags.ownerTtl ?? defaults.ownerTtlMs,
    keepWarm: keepWarmOf(flags),
  }
}

function keepWarmOf({ keepWarm, inspect }: RunFlags): KeepWarm {
  const needsOwn = keepWarm === false ? '--no-keep-warm' : inspect ? '--inspect needs the terminal' : undefined
  return {
    starts: Boolean(keepWarm),
    ...(typeof keepWarm === 'number' && { idleMs: keepWarm }),
    ...(needsOwn !== undefined && { needsOwn }),
  }
}

function selectionOptionsOf(flags: RunFlags, on: string[]): SelectionOptions {
  const { inOrder, lastFailed, shard, repeat } = flags
  const every = everyOf(flags)
  return {
    on: flags.on === undefined ? on : parseLabels(flags.on),
    ...(every && { every }),
    ...(inOrder !== undefined && { inOrder }),
    ...(lastFailed !== undefined && { lastFailed }),
    ...(shard && { shard }),
    ...(repeat !== undefined && { repeat }),
  }
}

function everyOf({ every, everyRole, inOrder }: RunFlags): DeviceCoverage | undefined {
  if (every === undefined) {
    const alone = everyRole === undefined ? inOrder && '--in-order' : '--every-role'
    if (alone) throw new BatonError('BATON_USAGE', `${alone} needs --every.`)
    return undefined
  }
  const labels = every === true ? [] : parseLabels(every, '--every')
  return { labels, ...(everyRole !== undefined && { role: everyRole }) }
}

/** The devices of a private farm are known before it starts. */
function assertCanRecord({ video = 'off' }: RunFlags, { file, devices }: FarmConfig): void {
  const recordingDrivers = drivers.filter(({ provides }) => provides.includes('recording')).map(({ name }) => name)
  if (video === 'off' || devices.some(({ driver }) => recordingDrivers.includes(driver))) return
  const expected = `a device that can record video (driver: ${recordingDrivers.join(', ')})`
  throw new BatonError('BATON_USAGE', `--video ${video}: expected ${expected}, found none in ${file}.`, {
    hint: 'remove --video, or run on a farm with such devices: --redis URL.',
  })
}

/** What shows in the file and on this machine before any device is used. */
async function assertNoMistakes({ devices, places }: FarmConfig): Promise<void> {
  const found = await Promise.all(
    devices.map(async entry => {
      const driver = drivers.find(({ name }) => name === entry.driver)
      const error = await driver?.findMistake?.(entry, process.env)
      const { [entry.name]: place } = places
      return error && new BatonError(error.code, error.message, { ...(place && { place }), hint: error.hint ?? '' })
    }),
  )
  const errors = found.filter(error => error !== undefined)
  if (errors.length > 0) throw new BatonErrors(errors)
}
