import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { selectorForLabels, matchesSelector, type Needs } from '../../src/device/selector.js'
import type { HostDevice } from '../../src/lease/host-leases.js'
import { forgetRun } from '../../src/lease/forget-run.js'
import { rolesOf } from '../../src/lease/queue-name.js'
import { addModules } from '../../src/queue/add-modules.js'
import { AllocationFarm, jobOf } from './allocation-farm.js'
import { largestMatching } from './allocator-oracle.js'
import { benchDevices, benchNeeds } from './bench-farm.js'
import { auditFaults } from './audit.js'
import { forkHost } from './host-process.js'

export interface StressOptions {
  seed: number
  modules: number
  devices: number
  hosts: number
  /** About how long modules are submitted. */
  seconds: number
  ttlMs: number
}

export interface StressReport {
  seed: number
  modules: number
  kills: number
  stops: number
  successors: number
  verdicts: Record<string, number>
  drainMs: number
  /** Empty if every promise was kept. */
  faults: string[]
  errors: string[]
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * A farm of host processes that are killed, frozen until their leases expire and resumed, some next to a successor, while modules
 * with random needs arrive, fail and are retried at once or later, and a tenth of the wake-ups is lost. Then everything is counted.
 */
export async function stress(options: StressOptions): Promise<StressReport> {
  await using farm = await AllocationFarm.start()
  return await new Stress(farm, options).run()
}

class Stress {
  readonly #random: () => number
  readonly #devices: HostDevice[][]
  readonly #needs: Needs[]
  readonly #children = new Set<ChildProcess>()
  readonly #current: ChildProcess[] = []
  readonly #timers: Promise<void>[] = []
  readonly #report: StressReport
  readonly #over = new AbortController()
  #submitting = true

  constructor(
    readonly farm: AllocationFarm,
    readonly options: StressOptions,
  ) {
    const { seed, modules, devices, hosts } = options
    this.#random = randomOf(seed)
    this.#devices = benchDevices(devices, hosts)
    this.#needs = [...benchNeeds, ...Array.from({ length: 10 }, () => this.#randomNeeds())]
    this.#report = {
      seed,
      modules,
      kills: 0,
      stops: 0,
      successors: 0,
      verdicts: {},
      drainMs: 0,
      faults: [],
      errors: [],
    }
  }

  async run(): Promise<StressReport> {
    try {
      await Promise.all(this.#devices.map((_, i) => this.#spawn(i)))
      const queues = await this.#open()
      const ends = this.#follow([...queues.values()])
      await Promise.all([this.#submit(queues), this.#chaos()])
      await Promise.all(this.#timers)
      const started = performance.now()
      await this.#until(ends)
      this.#report.drainMs = Math.round(performance.now() - started)
      await this.#quiet()
      this.#report.faults.push(...(await auditFaults(this.farm.redis, this.farm.prefix)))
      await this.#stopHosts()
      await this.#checkNothingLeft()
    } finally {
      this.#over.abort()
      for (const child of this.#children) child.kill('SIGKILL')
      await Promise.all(
        [...this.#children].map(async child => {
          if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
        }),
      )
    }
    return this.#report
  }

  #randomNeeds(): Needs {
    const labels = [
      'platform=android',
      'platform=ios',
      'platform=web',
      'tablet',
      'phone',
      'os=0',
      'os=1',
      'os=2',
      'name=pixel-8',
    ]
    const one = (): string => labels[Math.floor(this.#random() * labels.length)] ?? ''
    const roles = 1 + Math.floor(this.#random() * 4)
    return Object.fromEntries(Array.from({ length: roles }, (_, i) => [`r${i}`, selectorForLabels([one(), one()])]))
  }

  #servable(needs: Needs): boolean {
    const all = this.#devices.flat()
    const roles = rolesOf(needs)
    const able = new Map(
      roles.map(([, selector]) => [
        selector,
        all
          .filter(({ name, labels }) => matchesSelector(new Set([...labels, `name=${name}`]), selector))
          .map(({ name }) => name),
      ]),
    )
    return largestMatching({ roles }, able, new Set(all.map(({ name }) => name))) === roles.length
  }

  async #open(): Promise<Map<Needs, string>> {
    await this.farm.runs.open('stress', { ttlMs: 3_600_000 })
    const queues = new Map<Needs, string>()
    for (const needs of this.#needs) queues.set(needs, await this.farm.runs.registerNeeds('stress', needs))
    return queues
  }

  /** Modules that no device fits come first: they must not slow down others, and end as lost. */
  async #submit(queues: Map<Needs, string>): Promise<void> {
    const { modules, seconds } = this.options
    const servable = this.#needs.filter(needs => this.#servable(needs))
    const hopeless = this.#needs.filter(needs => !this.#servable(needs))
    for (let added = 0; added < modules;) {
      const batch = Math.min(modules - added, 1 + Math.floor(this.#random() * 60))
      for (let i = 0; i < batch; i++, added++) {
        const needs = hopeless[added] ?? servable[Math.floor(this.#random() * servable.length)] ?? {}
        await this.#add(String(added), needs, queues.get(needs) ?? '')
      }
      await delay((this.#random() * 1.4 * seconds * 1000 * batch) / modules)
    }
    this.#submitting = false
  }

  async #add(id: string, needs: Needs, queue: string): Promise<void> {
    const kind = this.#random()
    const module = {
      id,
      needs,
      options: { ms: Math.floor(this.#random() * 30), failChance: kind < 0.2 ? 0.5 : 0 },
      ...(kind < 0.5 ? { expectedMs: Math.floor(this.#random() * 60_000) } : {}),
    }
    const retries = kind < 0.2 ? { retries: 60, retryDelayMs: kind < 0.1 ? 80 : 0 } : {}
    await addModules(this.farm.redis, this.farm.prefix, queue, [jobOf('stress', module)], retries)
    // One submitter in ten dies before it says that it has added something.
    if (this.#random() < 0.9) await this.farm.runs.schedule([queue])
  }

  async #chaos(): Promise<void> {
    const { ttlMs, hosts } = this.options
    while (this.#submitting) {
      await delay(ttlMs * (0.5 + this.#random()))
      const host = Math.floor(this.#random() * hosts)
      const child = this.#current[host]
      if (!child) continue
      if (this.#random() < 0.5) {
        this.#report.kills += 1
        child.kill('SIGKILL')
        await delay(this.#random() * ttlMs * 2)
        await this.#spawn(host)
      } else {
        this.#report.stops += 1
        child.kill('SIGSTOP')
        const succeeded = this.#random() < 0.4
        if (succeeded) {
          this.#report.successors += 1
          this.#timers.push(delay(ttlMs * this.#random() * 1.5).then(() => this.#spawn(host)))
        }
        this.#timers.push(delay(ttlMs * (1.2 + this.#random() * 2)).then(() => void child.kill('SIGCONT')))
      }
    }
  }

  async #spawn(host: number): Promise<void> {
    await forkHost(
      {
        socket: this.farm.server.socket,
        host: `h${host}`,
        ttlMs: this.options.ttlMs,
        devices: this.#devices[host] ?? [],
      },
      error => this.#report.errors.push(error),
      child => {
        this.#children.add(child)
        this.#current[host] = child
        child.on('exit', () => this.#children.delete(child))
      },
    )
  }

  /** Counts each module's ends for as long as the stress lasts. */
  #follow(queues: readonly string[]): Map<string, number> {
    const ends = new Map<string, number>()
    const count = async (): Promise<void> => {
      for await (const followed of this.farm.follow('stress', queues, this.#over.signal)) {
        const end =
          followed.kind === 'result'
            ? followed.result
            : followed.kind === 'event' && followed.event.type === 'module:end'
              ? followed.event
              : undefined
        if (!end) continue
        ends.set(end.module, (ends.get(end.module) ?? 0) + 1)
        this.#report.verdicts[end.verdict] = (this.#report.verdicts[end.verdict] ?? 0) + 1
        if (end.verdict === 'failed') this.#report.faults.push(`module ${end.module} failed, and each passes in time`)
        if (end.verdict === 'lost' && !isExcused(end.reasons ?? [])) {
          this.#report.faults.push(`module ${end.module} lost: ${end.reasons?.join(' | ')}`)
        }
      }
    }
    count().catch((error: unknown) => this.#report.faults.push(`follower: ${String(error)}`))
    return ends
  }

  async #until(ends: Map<string, number>): Promise<void> {
    const deadline = performance.now() + 60_000
    while (ends.size < this.options.modules) {
      if (performance.now() > deadline) {
        this.#report.faults.push(`stuck: ${ends.size} of ${this.options.modules} modules ended`)
        break
      }
      await delay(50)
    }
    for (const [module, count] of ends) {
      if (count !== 1) this.#report.faults.push(`module ${module} ended ${count} times`)
    }
  }

  /** Every device comes back to be offered. */
  async #quiet(): Promise<void> {
    const deadline = performance.now() + 60_000
    for (;;) {
      const states = (await this.farm.registry.listDevices()).map(device => device.state)
      if (states.length === this.options.devices && states.every(state => state === 'idle')) return
      if (performance.now() > deadline) {
        this.#report.faults.push(`devices after the end: ${states.join(' ')}`)
        return
      }
      await delay(50)
    }
  }

  async #stopHosts(): Promise<void> {
    await Promise.all(
      [...this.#children].map(async child => {
        // One that has stepped back for its successor may be about to exit.
        child.send('stop', () => {})
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      }),
    )
  }

  async #checkNothingLeft(): Promise<void> {
    await forgetRun(this.farm.runs, 'stress')
    const keys = (await this.farm.redis.keys('*')).filter(key => key.includes('stress') || key.includes(':lease:'))
    const left = await Promise.all(keys.map(async key => [key, await this.farm.redis.pttl(key)] as const))
    for (const [key, ttl] of left) if (ttl === -1) this.#report.faults.push(`left behind: ${key}`)
  }
}

/** Nobody can serve it, or infrastructure failed three times. */
function isExcused(reasons: readonly string[]): boolean {
  return reasons.length >= 3 || reasons.some(reason => reason.startsWith('no device of the farm can serve it'))
}
