import { rm } from 'node:fs/promises'
import type Mocha from 'mocha'
import type { ModuleEvent } from '../../event/run-event.js'
import { postReset, resolveReset } from './reset-servers.js'
import { attachRole, detachRole } from '../attach-role.js'
import { setCommandInterceptor } from '../command-interceptor.js'
import { attachmentsOf } from '../create-context.js'
import type { AttachedRole } from '../module-context.js'
import type { CollectArtifacts } from '../test-run.js'
import type { RunModule, WorkerReport } from '../worker-messages.js'
import { installClock } from './clock.js'
import { setDecider } from './decisions.js'
import { ExploreModule, type IterationPlan } from './explore-module.js'
import { assertNotLost } from './lost-device.js'
import { ExploredDevice } from './explored-device.js'
import { describeIteration, IterationWatch, recordProfile, type ExploredIteration } from './explored-iteration.js'
import { ModuleFailure } from './module-failure.js'
import { modulePlace } from './module-place.js'
import { Changes, minTestTimeoutMs, realNow } from '../real-time.js'
import { renewSession } from './reset-session.js'
import { Scheduler } from './scheduler.js'

interface ExploringParts {
  job: RunModule
  /** A device whose host has reset it may have another session. */
  roles: Map<string, AttachedRole>
  /** Loads the module and runs its tests. */
  runOnce: () => Promise<WorkerReport>
  emit: (event: ModuleEvent) => void
  collectArtifacts: CollectArtifacts
}

/** An attempt that runs the tests of its module again and again, each time in another order of operations. */
export class ExploringAttempt {
  readonly #changed = new Changes()
  readonly #devices = new Map<string, ExploredDevice>()
  readonly #resets: readonly URL[]
  readonly #servers: readonly URL[]
  /** Of the iteration that is running. */
  #scheduler: Scheduler | undefined
  #watch: IterationWatch | undefined
  #hasArtifacts = false
  /** In any iteration; other jobs explore only modules that have branches. */
  #hadBranches: boolean
  #isFirst = true

  constructor(private readonly parts: ExploringParts) {
    const { servers, explore } = parts.job
    this.#hadBranches = explore?.do === 'explore' && explore.profile !== undefined
    this.#servers = Object.values(servers)
      .filter(url => URL.canParse(url))
      .map(url => new URL(url))
    this.#resets = Object.entries(explore?.resets ?? {}).map(([name, path]) => resolveReset(servers[name], path))
  }

  /** Events of tests belong to their iteration. @returns whether the run does not get the event */
  takes(event: ModuleEvent): boolean {
    this.#watch?.see(event, () => this.#scheduler?.earlier.counts)
    return this.#watch !== undefined && event.type !== 'warning' && !event.type.startsWith('explore:')
  }

  /** Gives tests and hooks that have a timeout of their own more time, too. */
  listen(runner: Mocha.Runner): void {
    const extend = (runnable: Mocha.Runnable): void => {
      const timeoutMs = runnable.timeout()
      if (timeoutMs > 0) runnable.timeout(Math.max(timeoutMs, minTestTimeoutMs))
    }
    runner.on('test', test => {
      extend(test)
      this.#scheduler?.startTest()
    })
    runner.on('hook', extend)
    runner.on('hook end', hook => {
      if (hook.title.startsWith('"before each"')) this.#scheduler?.startBody()
    })
  }

  testEnded(): void {
    this.#scheduler?.endTest()
  }

  /** Collects the artifacts of the first failure only. */
  async testFailed(title: string[]): Promise<void> {
    if (this.#hasArtifacts) return
    this.#hasArtifacts = true
    await this.parts.collectArtifacts(title)
  }

  /**
   * If the module has a mistake, it is reported like one that is not explored.
   * @throws what keeps an iteration from a result, such as a module that can't be loaded
   */
  async run(): Promise<WorkerReport> {
    const { job, roles, emit } = this.parts
    if (!job.explore) throw new Error('there is nothing to explore')
    for (const [role, attached] of roles) {
      this.#devices.set(role, await ExploredDevice.connect(role, attached, this.#changed))
    }
    try {
      return await new ExploreModule(plan => this.#iterate(plan), emit).run(job.explore)
    } catch (error) {
      if (error instanceof ModuleFailure) return error.report(emit)
      throw error
    } finally {
      setCommandInterceptor(undefined)
      await Promise.all([...this.#devices.values()].map(async device => device.close()))
    }
  }

  async #iterate(plan: IterationPlan): Promise<ExploredIteration> {
    const { job } = this.parts
    const startedAt = realNow()
    await this.#reset()
    // Those of the last iteration are kept: with a bug, one that shows it.
    await rm(attachmentsOf(job), { recursive: true, force: true })
    const resetMs = realNow() - startedAt
    const strategy = recordProfile(plan.choose)
    const { maxDecisions = Infinity, slowMs = 0 } = plan
    const changed = this.#changed
    const scheduler = new Scheduler({
      devices: this.#devices,
      servers: this.#servers,
      strategy,
      maxDecisions,
      slowMs,
      changed,
      placeOf: (reader, sent) => modulePlace(reader, sent, job.module.file),
    })
    const watch = new IterationWatch()
    await this.#runOnce(scheduler, watch)
    if (scheduler.settling.failure !== undefined) throw scheduler.settling.failure as Error
    const { failure } = watch
    if (failure) assertNotLost(failure.error)
    this.#hadBranches ||= scheduler.hadBranches || plan.purpose !== 'explore'
    watch.assertExplorable(this.#hadBranches)
    const { file } = job.module
    const { bundleHash = '' } = job
    const uncontrolled = [...this.#devices.values()].filter(({ stream }) => stream?.isLost).length
    const durationMs = realNow() - startedAt
    const facts = { ...plan, module: file, bundleHash, failure, scheduler, resetMs, durationMs, uncontrolled }
    return describeIteration({ ...facts, profile: strategy.profile() })
  }

  async #runOnce(scheduler: Scheduler, watch: IterationWatch): Promise<void> {
    const { runOnce } = this.parts
    this.#scheduler = scheduler
    this.#watch = watch
    setCommandInterceptor(scheduler.intercept)
    setDecider(scheduler.decider)
    const uninstallClock = installClock(() => scheduler)
    try {
      const { error } = await runOnce()
      if (error) watch.fail(error)
    } finally {
      scheduler.end()
      uninstallClock()
      setCommandInterceptor(undefined)
      setDecider(undefined)
      this.#scheduler = undefined
      this.#watch = undefined
    }
  }

  /** Devices and servers are as they were before the first iteration. The host has readied devices for that. */
  async #reset(): Promise<void> {
    const devices = this.#isFirst ? [] : [...this.#devices.values()]
    this.#isFirst = false
    await Promise.all(devices.map(async device => device.reset(this.#renew)))
    for (const url of this.#resets) await postReset(url)
  }

  /** Lets the host of a role's device reset it. */
  readonly #renew = async (role: string): Promise<AttachedRole> => {
    const { roles, job } = this.parts
    const old = roles.get(role)
    if (!old) throw new Error(`there is no role '${role}'`)
    detachRole(old)
    const attached = await attachRole(await renewSession(old.session), job.inspect)
    roles.set(role, attached)
    return attached
  }
}
