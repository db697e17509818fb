import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Needs } from '../../src/device/selector.js'
import { AllocationLoop } from '../../src/host/allocation/allocation-loop.js'
import type { AllocationLoopOptions } from '../../src/host/allocation/allocation-options.js'
import { FarmSecret } from '../../src/lease/farm-secret.js'
import type { HostDevice } from '../../src/lease/host-leases.js'
import { LeaseScripts } from '../../src/lease/lease-scripts.js'
import { Registry, type RegisteredDevice } from '../../src/lease/registry.js'
import { RunLeases, type OpenRunOptions } from '../../src/lease/run-leases.js'
import { runStreamKey } from '../../src/lease/protocol/keys.js'
import { queueNameFor } from '../../src/lease/queue-name.js'
import { linkStages, type Stage } from '../../src/lease/stage.js'
import { addModules, type AddOptions } from '../../src/queue/add-modules.js'
import { followResults, type RunUpdate } from '../../src/queue/follow-results.js'
import type { ModuleJob } from '../../src/queue/module-job.js'
import type { ModuleResult } from '../../src/queue/module-result.js'
import { RedisServer } from './redis-server.js'
import { readSteppedClock } from './stepped-clock.js'

export interface TestModule {
  id: string
  needs: Needs
  stage?: string
  app?: string
  expectedMs?: number
  options?: Record<string, unknown>
}

/** Milliseconds after which a wait fails with a message, before mocha's own timeout. */
const DEADLINE_MS = 120_000

/** A device with labels only. */
export function device(name: string, ...labels: string[]): HostDevice {
  return { name, labels, driver: 'fake', platform: 'fake' }
}

export function jobOf(run: string, { id, expectedMs, options }: TestModule): ModuleJob {
  const base = { run, module: id, file: `${id}.ts`, bundleHash: 'none', firstRole: 'a', options: options ?? {} }
  return expectedMs === undefined ? base : { ...base, expectedMs }
}

/** A farm on a private Redis: hosts in this process, and runs. Closes everything at the end. */
export class AllocationFarm implements AsyncDisposable {
  readonly redis: Redis
  readonly scripts: LeaseScripts
  readonly runs: RunLeases
  readonly registry: Registry
  readonly errors: unknown[] = []
  readonly #hosts: AllocationLoop[] = []

  private constructor(
    readonly server: RedisServer,
    audit: boolean,
    /** Opens a connection that is closed with the farm. */
    readonly connect: () => Redis,
  ) {
    this.redis = connect()
    this.scripts = new LeaseScripts(this.redis, { audit })
    this.runs = new RunLeases(this.scripts)
    this.registry = new Registry(this.scripts)
  }

  /** @param options - steppedClock: `stepClock` sets the clock that the scripts read */
  static async start({ audit = true, steppedClock = false } = {}): Promise<AllocationFarm> {
    const server = await RedisServer.start()
    return new AllocationFarm(server, audit, () =>
      steppedClock ? readSteppedClock(server.connect()) : server.connect(),
    )
  }

  get prefix(): string {
    return this.scripts.prefix
  }

  /**
   * Starts a host whose modules pass at once by default. Its leases are long enough for a busy machine: a test that needs one
   * to expire sets a shorter time.
   */
  async host(
    name: string,
    devices: HostDevice[],
    options: Partial<AllocationLoopOptions> = {},
  ): Promise<AllocationLoop> {
    const loop = this.newHost(name, devices, options)
    await loop.start()
    return loop
  }

  /** The same, not started. */
  newHost(name: string, devices: HostDevice[], options: Partial<AllocationLoopOptions> = {}): AllocationLoop {
    const loop = new AllocationLoop({
      redis: this.connect,
      host: name,
      gatewayUrl: `http://${name}`,
      devices,
      farmSecret: new FarmSecret(),
      ttlMs: 10_000,
      runAttempt: task =>
        Promise.resolve({
          verdict: 'passed',
          reusable: Object.values(task.grant.devices).map(d => d.device),
        }),
      check: () => Promise.resolve({ state: 'idle' }),
      onReplaced: () => {},
      onError: error => this.errors.push(error),
      audit: true,
      ...options,
    })
    this.#hosts.push(loop)
    return loop
  }

  /** Opens a run with these modules. @returns its queues */
  async submit(
    run: string,
    modules: readonly TestModule[],
    options: OpenRunOptions & AddOptions & { stages?: readonly Stage[]; detached?: boolean } = {},
  ): Promise<string[]> {
    await this.runs.open(run, options)
    const byStage = new Map<string, Set<string>>()
    for (const { stage, needs, app } of modules) {
      if (stage === undefined) continue
      byStage.set(stage, (byStage.get(stage) ?? new Set()).add(queueNameFor(run, needs, { stage, app })))
    }
    const stages = linkStages(options.stages ?? [], byStage)
    await this.runs.registerStages(run, stages)
    const byQueue = new Map<string, ModuleJob[]>()
    for (const module of modules) {
      const { stage, app } = module
      const queue = await this.runs.registerNeeds(run, module.needs, { stage, app })
      byQueue.set(queue, [...(byQueue.get(queue) ?? []), jobOf(run, module)])
    }
    for (const [queue, jobs] of byQueue) {
      await addModules(this.redis, this.prefix, queue, jobs, options)
    }
    const queues = [...byQueue.keys()]
    await this.runs.startStages(run, stages, options.detached)
    await this.runs.schedule(queues)
    return queues
  }

  /** Follows a run on its own connection. */
  async *follow(
    run: string,
    queues: readonly string[],
    signal?: AbortSignal,
  ): AsyncGenerator<RunUpdate, void, undefined> {
    const stages = await this.runs.queuesByStage(run)
    yield* followResults({
      redis: this.server.connect(),
      prefix: this.prefix,
      runStream: runStreamKey(this.prefix, run),
      queues,
      stages,
      ...(signal === undefined ? {} : { signal }),
    })
  }

  /** Returns how each module ended, in order, when `count` have, including those that were removed from their queues. */
  async results(run: string, queues: readonly string[], count: number): Promise<ModuleResult[]> {
    const results: ModuleResult[] = []
    for await (const followed of this.follow(run, queues, AbortSignal.timeout(DEADLINE_MS))) {
      if (followed.kind === 'result') results.push(followed.result)
      else if (followed.kind === 'event' && followed.event.type === 'module:end') results.push(followed.event)
      if (results.length === count) return results
    }
    const ended = results.map(({ module, verdict }) => `${module} ${verdict}`).join(', ')
    throw new Error(`of ${count} modules of ${run} ended within ${DEADLINE_MS} ms: ${ended || 'none'}`)
  }

  /** Resolves when these devices are offered. */
  async untilIdle(names: readonly string[]): Promise<void> {
    return this.untilState(names, 'idle')
  }

  /** Resolves when these devices are in a state; polls, because nothing in the farm reports it. */
  async untilState(names: readonly string[], state: RegisteredDevice['state']): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS
    for (;;) {
      const devices = await this.registry.listDevices()
      if (names.every(name => devices.some(device => device.name === name && device.state === state))) return
      if (performance.now() > deadline) {
        const states = devices.map(({ name, state, reason }) => `${name} ${state} ${reason}`.trim()).join(', ')
        throw new Error(`not within ${DEADLINE_MS} ms: ${names.join()} ${state}; there are ${states || 'no devices'}`)
      }
      await delay(5)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#hosts.map(host => host.stop()))
    await this.server[Symbol.asyncDispose]()
  }
}
