import type { Driver } from '../../device/driver/driver.js'
import { resolveBaseUrl } from '../../device/resolve-servers.js'
import { errorRecordOf } from '../../event/error-record.js'
import { publishActivity } from '../../event/host-activity.js'
import type { RunEvent } from '../../event/run-event.js'
import { noTests } from '../../event/verdicts.js'
import { unlessAborted } from '../../process/deadline.js'
import type { GrantedDevice } from '../../lease/grant.js'
import type { RunLeases } from '../../lease/run-leases.js'
import type { UnpackedBundle } from '../../module/pack-bundle.js'
import type { LoadableModule, RunModule, WorkerReport } from '../../script/worker-messages.js'
import type { BundleCache } from '../bundle-cache.js'
import type { DeviceOffer } from '../device/device-offer.js'
import type { LeasedDevices } from '../device/leased-devices.js'
import { withDriverHint } from '../driver-hints.js'

import type { WorkerPools } from '../worker/worker-pools.js'
import { abortOf } from './attempt-abort.js'
import { AttemptLog } from './attempt-log.js'
import { attemptOptionsSchema, type AttemptOptions } from './attempt-options.js'
import { AttemptSpans } from './attempt-spans.js'
import { AttemptTrace } from './attempt-trace.js'
import { AttemptVideos } from './attempt-videos.js'
import type { AttemptTask, RunAttempt } from './attempt.js'
import { FailureArtifacts } from './failure-artifacts.js'
import { judgeAttempt, type AttemptOutcome } from './judge-attempt.js'
import { WorkFolder } from './work-folder.js'
import { WrittenFiles } from './written-files.js'

export interface AttemptRunnerParts {
  hostName: string
  runs: RunLeases
  devices: LeasedDevices
  bundles: BundleCache
  /** Parent of the folders in which attempts run; absolute. */
  workDirectory: string
  pools: WorkerPools
  /** The variables of this machine that every module sees. */
  machineEnv: Readonly<Record<string, string>>
  /** The drivers whose hints explain errors of their Appium drivers. */
  drivers: readonly Driver[]
  /** Masks the host's secrets anywhere in a value. */
  mask: <T>(value: T) => T
}

/** What an attempt is asked for, and what it leaves in addition to its outcome. */
interface AttemptParts {
  options: AttemptOptions
  log: AttemptLog
  artifacts: FailureArtifacts
  videos: AttemptVideos
  trace: AttemptTrace
  spans: AttemptSpans
}

/** Runs attempts: readies the devices of all roles at the same time, hands the module to a worker, judges how it ended. */
export class AttemptRunner {
  constructor(private readonly parts: AttemptRunnerParts) {}

  readonly run: RunAttempt = async (task, signal) => {
    const { devices, hostName, runs, mask } = this.parts
    const { grant, attempt } = task
    const log = this.#openLog(task)
    const artifacts = new FailureArtifacts(devices, task, log)
    const videos = new AttemptVideos(devices, task, log)
    const startedAt = Date.now()
    const held = Object.entries(grant.devices).map(([role, { device }]) => [role, device])
    log.add({ type: 'attempt:start', attempt, host: hostName, devices: Object.fromEntries(held) })
    const options = attemptOptionsSchema.parse(task.module.options)
    const trace = new AttemptTrace(runs.files, task, log, options.trace, mask)
    const spans = new AttemptSpans(task, hostName, options.traceparent)

    const report = await this.#reportOf(task, signal, { options, log, artifacts, videos, trace, spans })
    const faults = report.verdict === 'failed' ? await devices.faultsOf(grant) : []
    const hasRunApp = task.module.options['app'] !== undefined
    const judge = (): AttemptOutcome => {
      const { deviceFaults } = artifacts
      return mask(judgeAttempt({ report, faults, deviceFaults, hasRunApp, abort: abortOf(signal) }))
    }
    let outcome = judge()
    if (outcome.verdict === 'failed' && failedAsWhole(report)) {
      await artifacts.collect()
      outcome = judge()
    }
    const { verdict, error } = outcome
    if (report.started) await Promise.all([videos.keep(verdict), trace.keep(verdict)])
    const durationMs = Date.now() - startedAt
    log.add({ type: 'attempt:end', attempt, verdict, durationMs, counts: report.counts, ...(error && { error }) })
    await log.flush()
    publishActivity('attempt-ended', { verdict, roles: held.length, seconds: durationMs / 1_000 })
    spans.end(verdict)
    if (verdict === 'infrastructure') publishActivity('recovered', { kind: 'module' })
    const isReusable = report.started && verdict !== 'infrastructure'
    return { ...outcome, reusable: isReusable ? await devices.reusableDevicesOf(grant) : [] }
  }

  #openLog({ grant, module }: AttemptTask): AttemptLog {
    const { runs, mask, drivers } = this.parts
    const ref = { module: module.module, lease: grant.lease }
    const append = (events: RunEvent[]): Promise<number | undefined> => runs.append(grant.run, events, grant.lease)
    return new AttemptLog(ref, append, event => mask(withDriverHint(event, drivers)))
  }

  /** What the worker saw; if the devices or the bundle could not be made ready, no worker saw anything. */
  async #reportOf(task: AttemptTask, signal: AbortSignal, parts: AttemptParts): Promise<WorkerReport> {
    const { options, log, artifacts, trace } = parts
    try {
      return await this.parts.bundles.use(task.module.bundleHash, async bundle => {
        const created = bundle.then(unpacked => WorkFolder.create(unpacked, this.parts.workDirectory))
        const written = new WrittenFiles(this.parts.runs.files, task, log)
        try {
          const job = await unlessAborted(this.#job(task, parts, inFolder(bundle, created)), signal)
          const report = await this.parts.pools.poolFor(options).run(job, {
            moduleTimeoutMs: timeoutOf(options),
            onEvent: ({ at, ...event }) => log.add(event, at),
            onTrace: part => trace.add(part),
            onAppend: file => written.addAppend(file),
            onFailing: title => artifacts.collect(title),
            signal,
          })
          if (report.started && !signal.aborted) await written.collect(await created)
          return report
        } finally {
          // Not awaited: the next module need not wait for it. What remains is removed with the host's own folder.
          void created.then(folder => folder.remove()).catch(() => {})
        }
      })
    } catch (error) {
      const report = { started: false, counts: noTests() }
      if (signal.aborted) return { verdict: 'interrupted', ...report }
      return { verdict: 'failed', ...report, error: errorRecordOf(error) }
    }
  }

  async #job(
    { grant, module }: AttemptTask,
    { options, videos, trace, spans }: AttemptParts,
    prepared: Promise<LoadableBundle>,
  ): Promise<RunModule> {
    const [bundle, roles] = await Promise.all([
      prepared,
      Promise.all(
        Object.entries(grant.devices).map(async ([role, granted]) => {
          const open = async (): Promise<DeviceOffer> => this.#offer(granted, grant.lease, options)
          const { video, ...offer } = await spans.whileOpening(role, granted, open)
          if (video) videos.add(role, granted, video)
          return { role, ...offer }
        }),
      ),
    ])
    const { mocha, env, servers, inspect, updateSnapshots, wdio, explore } = options
    const { grep, ...others } = mocha
    return {
      type: 'run',
      module: { id: module.module, file: module.file, ...bundle },
      roles,
      firstRole: module.firstRole,
      mocha: { ...others, ...(grep !== undefined && { grep }) },
      ...(updateSnapshots && { updateSnapshots }),
      ...(explore && { explore, bundleHash: module.bundleHash }),
      env: { ...this.parts.machineEnv, ...env },
      servers,
      inspect,
      ...(trace.mode && { trace: trace.mode }),
      ...(wdio && { wdio }),
    }
  }

  async #offer(granted: GrantedDevice, lease: string, options: AttemptOptions): Promise<DeviceOffer> {
    const { app, servers, video } = options
    const offer = await this.parts.devices.offer(granted, lease, {
      servers: Object.values(servers),
      ...(app && { app }),
      ...(video && { video }),
    })
    return { ...offer, webdriver: resolveBaseUrl({ ...options.webdriver, ...offer.webdriver }, servers) }
  }
}

/** The largest timeout of a timer. */
const maxTimeoutMs = 2 ** 31 - 1

/** An exploration has a budget of its own; it may exceed it by one iteration. */
function timeoutOf({ moduleTimeoutMs, explore }: AttemptOptions): number {
  if (!explore) return moduleTimeoutMs
  const ownMs =
    explore.do === 'explore'
      ? explore.budgetMs
      : moduleTimeoutMs * (explore.do === 'replay' ? explore.times : explore.maxTries)
  return Math.min(maxTimeoutMs, ownMs + moduleTimeoutMs)
}

type LoadableBundle = Omit<LoadableModule, 'id' | 'file'>

/** The bundle as its worker loads it: in the folder of the attempt. */
async function inFolder(unpacked: Promise<UnpackedBundle>, created: Promise<WorkFolder>): Promise<LoadableBundle> {
  const [{ code, sourceMap, base, unsent, unsentComplete }, { directory }] = await Promise.all([unpacked, created])
  return { code, sourceMap, base, unsent, unsentComplete, directory }
}

/** A test that fails collects artifacts itself; a module that was never loaded has not touched its devices. */
function failedAsWhole({ error, untouched }: WorkerReport): boolean {
  return error !== undefined && !untouched
}
