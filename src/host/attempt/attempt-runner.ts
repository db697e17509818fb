import { resolveBaseUrl } from '../../device/resolve-servers.js'
import type { Driver } from '../../device/driver.js'
import { BatonError } from '../../error/baton-error.js'
import type { ErrorRecord, RunEvent } from '../../event/run-event.js'
import type { AttemptVerdict } from '../../event/verdicts.js'
import type { GrantedDevice } from '../../lease/grant.js'
import type { RunLeases } from '../../lease/run-leases.js'
import type { UnpackedBundle } from '../../module/pack-bundle.js'
import type { RunModule, WorkerReport } from '../../script/worker-messages.js'
import type { AttemptOutcome } from './attempt-outcome.js'
import type { Execution, ModuleExecutor, AttemptTask } from './attempt.js'
import { AttemptLog } from './attempt-log.js'
import { AttemptVideos } from './attempt-videos.js'
import type { BundleCache } from '../bundle-cache.js'
import type { DeviceOffer } from '../device/device-actor.js'
import type { LeasedDevices } from '../device/leased-devices.js'
import { withDriverHint } from '../driver-hints.js'
import { FailureArtifacts } from './failure-artifacts.js'
import { attemptOptionsSchema, type AttemptOptions } from './attempt-options.js'
import { unlessAborted } from '../unless-aborted.js'
import type { WorkerPools } from '../worker/worker-pools.js'

export interface AttemptRunnerParts {
  hostName: string
  runs: RunLeases
  devices: LeasedDevices
  bundles: BundleCache
  pools: WorkerPools
  /** What every module sees of this machine's environment. */
  machineEnv: Readonly<Record<string, string>>
  /** Whose hints explain what their Appium drivers answer. */
  drivers: readonly Driver[]
  /** Hides the host's secrets, wherever in the value they are. */
  mask: <T>(value: T) => T
}

/** What an attempt leaves beside its outcome. */
interface AttemptParts {
  log: AttemptLog
  explainer: FailureArtifacts
  videos: AttemptVideos
}

/** How the worker ended a module. */
interface Ended {
  outcome: WorkerReport
  /** False where it never came to the module's first line. */
  began: boolean
}

/** Executes modules on leased devices: readies every role at once, hands the module to a worker, says how it ended. */
export class AttemptRunner implements ModuleExecutor {
  constructor(private readonly parts: AttemptRunnerParts) {}

  async execute(task: AttemptTask, signal: AbortSignal): Promise<Execution> {
    const { runs, hostName, mask, devices, drivers } = this.parts
    const { grant, module, attempt } = task
    const ref = { module: module.module, lease: grant.lease }
    const append = (events: RunEvent[]): Promise<boolean> => runs.append(grant.run, events, grant.lease)
    const log = new AttemptLog(ref, append, event => mask(withDriverHint(event, drivers)))
    const beganAt = Date.now()
    const held = Object.entries(grant.devices).map(([role, { device }]) => [role, device])
    log.add({ type: 'attempt:start', attempt, host: hostName, devices: Object.fromEntries(held) })

    const explainer = new FailureArtifacts(devices, task, log)
    const videos = new AttemptVideos(devices, task, log)
    const ended = await this.#attempt(task, signal, { log, explainer, videos })
    const faults = ended.outcome.verdict === 'failed' ? await devices.faultsOf(grant) : []
    const deviceLost = ended.outcome.verdict === 'interrupted' ? deviceLostOf(signal) : undefined
    const refusal = task.module.options['app'] === undefined ? undefined : refusalOf(ended.outcome)
    const outcome = mask(refusal ?? judge(ended.outcome, ended.began, deviceLost ? [deviceLost.message] : faults))
    if (outcome.verdict === 'failed' && failedAsWhole(ended.outcome)) await explainer.collect()
    if (ended.began) await videos.keep(outcome.verdict)
    const error =
      outcome.verdict === 'infrastructure'
        ? infrastructureError(ended, outcome.reason, deviceLost, faults)
        : ended.outcome.error
    log.add({
      type: 'attempt:end',
      attempt,
      verdict: attemptVerdict(outcome),
      durationMs: Date.now() - beganAt,
      counts: ended.outcome.counts,
      ...(error && { error }),
    })
    await log.flush()
    const usable = ended.began && outcome.verdict !== 'infrastructure'
    return { outcome, clean: usable ? await devices.reusableDevicesOf(grant) : [] }
  }

  async #attempt(task: AttemptTask, signal: AbortSignal, { log, explainer, videos }: AttemptParts): Promise<Ended> {
    const options = attemptOptionsSchema.parse(task.module.options)
    let began = false
    try {
      const outcome = await this.parts.bundles.use(task.module.bundleHash, async bundle => {
        const job = await unlessAborted(this.#job(task, options, bundle, videos), signal)
        return this.parts.pools.poolFor(options).execute(job, {
          moduleTimeoutMs: options.moduleTimeoutMs,
          onEvent: ({ at, ...event }) => log.add(event, at),
          onStarted: () => (began = true),
          onFailing: title => explainer.collect(title),
          signal,
        })
      })
      return { outcome, began }
    } catch (error) {
      if (signal.aborted) return { outcome: { verdict: 'interrupted', counts: noTests }, began }
      return { outcome: { verdict: 'failed', counts: noTests, error: errorOf(error) }, began }
    }
  }

  async #job(
    { grant, module }: AttemptTask,
    options: AttemptOptions,
    unpacked: Promise<UnpackedBundle>,
    videos: AttemptVideos,
  ): Promise<RunModule> {
    const [bundle, roles] = await Promise.all([
      unpacked,
      Promise.all(
        Object.entries(grant.devices).map(async ([role, granted]) => {
          const { video, ...offer } = await this.#offer(granted, grant.lease, options)
          if (video) videos.add(role, granted, video)
          return { role, ...offer }
        }),
      ),
    ])
    const { mocha, env, servers, inspect } = options
    const { grep, ...others } = mocha
    return {
      type: 'execute',
      module: { id: module.module, file: module.file, ...bundle },
      roles,
      firstRole: module.firstRole,
      mocha: { ...others, ...(grep !== undefined && { grep }) },
      env: { ...this.parts.machineEnv, ...env },
      servers,
      inspect,
    }
  }

  async #offer(granted: GrantedDevice, lease: string, options: AttemptOptions): Promise<DeviceOffer> {
    const { app, servers, video } = options
    const offer = await this.parts.devices.offer(granted, lease, {
      servers: Object.values(servers),
      ...(app && { app }),
      ...(video && { video }),
    })
    return { ...offer, webdriver: resolveBaseUrl(offer.webdriver, servers) }
  }
}

const noTests = { passed: 0, failed: 0, pending: 0 }

/** Its tests explain themselves; a module that was never loaded has touched no device. */
function failedAsWhole({ error, untouched }: WorkerReport): boolean {
  return error !== undefined && !untouched
}

/**
 * What counts: a module that never began, that failed over a lost session, or whose worker was killed from outside, has not
 * failed.
 */
function judge(outcome: WorkerReport, began: boolean, faults: readonly string[]): AttemptOutcome {
  const [fault] = faults
  if (outcome.verdict === 'interrupted')
    return fault === undefined ? { verdict: 'interrupted' } : { verdict: 'infrastructure', reason: fault }
  if (outcome.verdict !== 'failed') return { verdict: outcome.verdict }
  if (fault !== undefined) return { verdict: 'infrastructure', reason: fault }
  if (!began) return { verdict: 'infrastructure', reason: outcome.error?.message ?? 'the module never began' }
  const signal = outcome.workerEnd?.signal
  // out of memory is the module's own doing
  if (signal !== undefined && signal !== 'SIGABRT')
    return { verdict: 'infrastructure', reason: `its worker was ended by ${signal}` }
  return { verdict: 'failed' }
}

/** A device that would not have the run's own app: nothing of this module, nor of the device. */
function refusalOf({ error }: WorkerReport): AttemptOutcome | undefined {
  if (error?.code !== 'BATON_APP_REFUSED' || error.device === undefined) return undefined
  // told beside the device's name
  const words = error.message.replace(`${error.device}: `, '')
  const reason = [words, error.hint].filter(Boolean).join('; ')
  return { verdict: 'refused', device: error.device, reason }
}

/** Why a module was stopped, where that was because a device of its own had left. */
function deviceLostOf({ aborted, reason }: AbortSignal): BatonError | undefined {
  return aborted && reason instanceof BatonError && reason.code === 'BATON_DEVICE_LOST' ? reason : undefined
}

/** What kept a module from its result, with a class and a hint where it has one; else the bare reason. */
function infrastructureError(
  { outcome, began }: Ended,
  reason: string,
  deviceLost: BatonError | undefined,
  faults: readonly string[],
): ErrorRecord {
  if (deviceLost) return errorOf(deviceLost)
  if (faults.length > 0) {
    const hint =
      "nothing, where it is rare: the module runs again; else look at the device, and at its Appium server's log"
    return errorOf(new BatonError('BATON_SESSION_LOST', reason, { hint }))
  }
  // A device that could not be made ready says why itself.
  return began || !outcome.error ? errorOf(reason) : outcome.error
}

function attemptVerdict({ verdict }: AttemptOutcome): AttemptVerdict {
  return verdict === 'refused' ? 'infrastructure' : verdict
}

function errorOf(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  if (!(error instanceof BatonError)) return { name, message }
  return {
    name,
    message,
    code: error.code,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.device !== undefined && { device: error.device }),
  }
}
