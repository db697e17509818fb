import { resolveBaseUrl } from '../device/resolve-servers.js'
import { BatonError } from '../error/baton-error.js'
import type { AttemptVerdict, ErrorRecord, RunEvent } from '../event/run-event.js'
import type { GrantedDevice } from '../lease/grant.js'
import type { RunLeases } from '../lease/run-leases.js'
import type { ExecuteModule, ModuleOutcome, RoleSession } from '../script/worker-messages.js'
import type { Outcome } from './allocation-outcome.js'
import type { Execution, ModuleExecutor, ModuleTask } from './allocation-task.js'
import { AttemptLog } from './attempt-log.js'
import type { BundleCache } from './bundle-cache.js'
import type { Devices } from './devices.js'
import { FailureExplainer } from './explain-failure.js'
import { executionOptionsSchema, type ExecutionOptions } from './execution-options.js'
import type { WorkerPools } from './worker-pools.js'

export interface ModuleRunnerParts {
  hostName: string
  runs: RunLeases
  devices: Devices
  bundles: BundleCache
  pools: WorkerPools
  mask: (event: RunEvent) => RunEvent
}

/** Executes modules on leased devices: readies every role at once, hands the module to a worker, says how it ended. */
export class ModuleRunner implements ModuleExecutor {
  constructor(private readonly parts: ModuleRunnerParts) {}

  async execute(task: ModuleTask, signal: AbortSignal): Promise<Execution> {
    const { runs, hostName, mask, devices } = this.parts
    const { grant, module, attempt } = task
    const ref = { module: module.module, lease: grant.lease }
    const log = new AttemptLog(ref, events => runs.append(grant.run, events, grant.lease), mask)
    const beganAt = Date.now()
    const held = Object.entries(grant.devices).map(([role, { device }]) => [role, device])
    log.add({ type: 'attempt:start', attempt, host: hostName, devices: Object.fromEntries(held) })

    const explainer = new FailureExplainer(devices, task, log)
    const ended = await this.#attempt(task, signal, log, explainer)
    const faults = ended.outcome.verdict === 'failed' ? await devices.faultsOf(grant) : []
    const outcome = judge(ended.outcome, ended.ready, faults)
    if (outcome.verdict === 'failed' && failedAsWhole(ended.outcome)) await explainer.explain()
    const error = outcome.verdict === 'infrastructure' ? errorOf(outcome.reason) : ended.outcome.error
    log.add({
      type: 'attempt:end',
      attempt,
      verdict: attemptVerdict(outcome),
      durationMs: Date.now() - beganAt,
      counts: ended.outcome.counts,
      ...(error && { error }),
    })
    await log.flush()
    return { outcome, clean: ended.ready && outcome.verdict !== 'infrastructure' ? devices.cleanOf(grant) : [] }
  }

  /** @returns how the worker ended it; `ready` is false where it never came to that, because a role had no session */
  async #attempt(
    task: ModuleTask,
    signal: AbortSignal,
    log: AttemptLog,
    explainer: FailureExplainer,
  ): Promise<{ outcome: ModuleOutcome; ready: boolean }> {
    const options = executionOptionsSchema.parse(task.module.options)
    try {
      const job = await this.#job(task, options)
      const outcome = await this.parts.pools.poolFor(options).execute(job, {
        moduleTimeoutMs: options.moduleTimeoutMs,
        onEvent: ({ at, ...event }) => log.add(event, at),
        onFailing: title => explainer.explain(title),
        signal,
      })
      return { outcome, ready: true }
    } catch (error) {
      if (signal.aborted) return { outcome: { verdict: 'interrupted', counts: noTests }, ready: false }
      return { outcome: { verdict: 'failed', counts: noTests, error: errorOf(error) }, ready: false }
    }
  }

  async #job({ grant, module }: ModuleTask, options: ExecutionOptions): Promise<ExecuteModule> {
    const [bundle, roles] = await Promise.all([
      this.parts.bundles.get(module.bundleHash),
      Promise.all(
        Object.entries(grant.devices).map(([role, granted]) => this.#roleSession(role, granted, grant.lease, options)),
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
      env,
      servers,
      inspect,
    }
  }

  async #roleSession(
    role: string,
    granted: GrantedDevice,
    lease: string,
    options: ExecutionOptions,
  ): Promise<RoleSession> {
    const offer = await this.parts.devices.offer(granted, lease)
    return { role, ...offer, webdriver: resolveBaseUrl(offer.webdriver, options.servers) }
  }
}

const noTests = { passed: 0, failed: 0, pending: 0 }

/** Its tests explain themselves; a module that was never loaded has touched no device. */
function failedAsWhole({ error, untouched }: ModuleOutcome): boolean {
  return error !== undefined && !untouched
}

/** What counts: a module that failed over a lost session, or whose worker was killed from outside, has not failed. */
function judge(outcome: ModuleOutcome, ready: boolean, faults: readonly string[]): Outcome {
  if (outcome.verdict === 'interrupted') return { verdict: 'interrupted' }
  if (outcome.verdict !== 'failed') return { verdict: outcome.verdict }
  if (!ready) return { verdict: 'infrastructure', reason: outcome.error?.message ?? 'a role had no session' }
  const [fault] = faults
  if (fault !== undefined) return { verdict: 'infrastructure', reason: fault }
  const signal = outcome.workerEnd?.signal
  // out of memory is the module's own doing
  if (signal !== undefined && signal !== 'SIGABRT')
    return { verdict: 'infrastructure', reason: `its worker was ended by ${signal}` }
  return { verdict: 'failed' }
}

function attemptVerdict(outcome: Outcome): AttemptVerdict {
  return outcome.verdict
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
