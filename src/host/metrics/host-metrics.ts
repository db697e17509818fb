import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry as MetricsRegistry } from 'prom-client'
import { watchActivity, type HostActivity, type HostActivityName } from '../../event/host-activity.js'
import { deviceStates } from '../../lease/protocol/states.js'
import { withTimeout } from '../../process/deadline.js'
import type { QueueDepth, RegisteredDevice } from '../../lease/registry.js'

/** What the metrics read from the farm whenever somebody asks for them. */
export interface FarmView {
  hostName: string
  listDevices(): Promise<RegisteredDevice[]>
  queueDepths(): Promise<QueueDepth[]>
}

/** A farm that does not answer must not keep a scraper waiting: its own timeout is 10 s by default. */
const farmTimeoutMs = 3_000

const shortSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const waitSeconds = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600]
const sessionSeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 120]
const attemptSeconds = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_200]

/** Prometheus metrics of one host, and of the queues of its farm. docs/running-a-farm.md lists them. */
export class HostMetrics {
  readonly registry = new MetricsRegistry()
  readonly #stops: (() => void)[] = []
  #readFarm: () => Promise<void> = async () => {}

  constructor(private readonly farm: FarmView) {
    collectDefaultMetrics({ register: this.registry })
    this.#addFarmGauges()
    this.#addLatencies()
    this.#addCounts()
  }

  /** Stops watching the host. */
  close(): void {
    for (const stop of this.#stops) stop()
    this.registry.clear()
  }

  #addFarmGauges(): void {
    const isUp = this.#gauge('baton_redis_up', 'Whether the farm answered when these metrics were read.')
    const devices = this.#gauge('baton_devices', 'Devices of this host, by state.', ['state'])
    const modules = this.#gauge('baton_queue_modules', 'Modules of the farm that wait for devices, by roles.', [
      'roles',
    ])
    const age = this.#gauge(
      'baton_queue_oldest_seconds',
      'Age of the module of the farm that has waited longest, by roles.',
      ['roles'],
    )
    this.#readFarm = async () => {
      const answer = Promise.all([this.farm.listDevices(), this.farm.queueDepths()])
      const state = await withTimeout(answer, farmTimeoutMs, () => undefined).catch(() => undefined)
      isUp.set(state ? 1 : 0)
      for (const gauge of [devices, modules, age]) gauge.reset()
      const [all, depths] = state ?? [[], []]
      const own = all.filter(({ host }) => host === this.farm.hostName)
      if (state)
        for (const name of deviceStates) devices.set({ state: name }, own.filter(each => each.state === name).length)
      for (const { roles, modules: count, oldestSeconds } of depths) {
        modules.set({ roles }, count)
        age.set({ roles }, oldestSeconds)
      }
    }
  }

  /** @returns the metrics in Prometheus' text format */
  async text(): Promise<string> {
    await this.#readFarm()
    return this.registry.metrics()
  }

  #addLatencies(): void {
    const allocation = this.#histogram(
      'baton_allocation_seconds',
      'From when a module and its devices were ready to its start on this host, by roles.',
      { labelNames: ['roles'], buckets: waitSeconds },
    )
    this.#watch('allocated', ({ roles, seconds }) => allocation.observe({ roles }, seconds))
    const session = this.#histogram('baton_session_open_seconds', 'Time to open a WebDriver session, by result.', {
      labelNames: ['ok'],
      buckets: sessionSeconds,
    })
    // A series that begins with its first event shows no increase, so that an alert would miss that event.
    for (const ok of ['true', 'false']) session.zero({ ok })
    this.#watch('session-opened', ({ ok, seconds }) => session.observe({ ok: String(ok) }, seconds))
    const redis = this.#histogram('baton_redis_seconds', 'Time that a script of the farm took, by result.', {
      labelNames: ['ok'],
      buckets: shortSeconds,
    })
    this.#watch('redis-called', ({ ok, seconds }) => redis.observe({ ok: String(ok) }, seconds))
  }

  #addCounts(): void {
    const attempts = this.#histogram(
      'baton_attempt_seconds',
      'Attempts that ended on this host, by verdict and roles.',
      {
        labelNames: ['verdict', 'roles'],
        buckets: attemptSeconds,
      },
    )
    this.#watch('attempt-ended', ({ verdict, roles, seconds }) => attempts.observe({ verdict, roles }, seconds))
    const recoveries = this.#counter(
      'baton_recoveries_total',
      'What failed and was recovered: modules that run again, restarts of Appium, returns to the farm.',
      'kind',
    )
    for (const kind of ['appium', 'farm', 'module']) recoveries.inc({ kind }, 0)
    this.#watch('recovered', ({ kind }) => recoveries.inc({ kind }))
    const refusals = this.#counter(
      'baton_lease_refusals_total',
      'Requests that the gateway refused because their lease was over or unknown, by protocol.',
      'protocol',
    )
    for (const protocol of ['http', 'bidi', 'control']) refusals.inc({ protocol }, 0)
    this.#watch('lease-refused', ({ protocol }) => refusals.inc({ protocol }))
  }

  #watch<Name extends HostActivityName>(name: Name, listener: (activity: HostActivity[Name]) => void): void {
    this.#stops.push(watchActivity(name, listener))
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] })
  }

  #counter(name: string, help: string, label: string): Counter {
    return new Counter({ name, help, labelNames: [label], registers: [this.registry] })
  }

  #histogram(name: string, help: string, options: { labelNames: string[]; buckets: number[] }): Histogram {
    return new Histogram({ name, help, ...options, registers: [this.registry] })
  }
}
