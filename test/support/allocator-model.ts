import { matchesSelector } from '../../src/device/selector.js'
import type { Needs } from '../../src/device/selector.js'
import type { Grant } from '../../src/lease/grant.js'
import { FarmSecret } from '../../src/lease/farm-secret.js'
import { HostLeases, type EndedLease, type HostDevice } from '../../src/lease/host-leases.js'
import { deviceStateReply, readReply, type ScheduleReply } from '../../src/lease/protocol/replies.js'
import { rolesOf } from '../../src/lease/queue-name.js'
import { queueKey } from '../../src/queue/key-names.js'
import type { AllocationFarm } from './allocation-farm.js'
import {
  decide,
  isMatching,
  largestMatching,
  matchUp,
  type OracleDecision,
  type OracleNeed,
} from './allocator-oracle.js'

interface ModelNeed {
  queue: string
  roles: [string, string][]
  /** Ids of its jobs that no lease has fetched, next one first. */
  jobs: string[]
  /** How many of them are promised to leases. */
  promised: number
  /** Devices on which the job with the id 0 has failed. */
  failedOn: readonly string[]
}

interface Scheduled {
  grants: Grant[]
  decision: OracleDecision
}

/**
 * A farm of one host as plain data, next to the real one in Redis. Most steps change both without granting anything; `schedule`
 * and `releaseAndSchedule` let both decide what to grant.
 */
export class AllocatorModel {
  readonly needs: ModelNeed[] = []
  readonly leases = new Map<string, Grant>()
  /** Devices that are online and not leased. */
  readonly idle = new Set<string>()
  readonly online = new Set<string>()
  /** Devices that are online and have not been idle since they came. */
  readonly starting = new Set<string>()
  /** When each device became idle: the number of the script that freed it. */
  readonly #freed = new Map<string, number>()
  #scripts = 0
  readonly #checkLeases = new Map<string, string>()
  readonly #host: HostLeases

  private constructor(
    readonly farm: AllocationFarm,
    readonly devices: readonly HostDevice[],
  ) {
    this.#host = new HostLeases(farm.scripts, {
      name: 'h',
      incarnation: 'i',
      gatewayUrl: 'http://h',
      ttlMs: 3_600_000,
      secret: new FarmSecret(),
    })
  }

  static async start(
    farm: AllocationFarm,
    devices: readonly HostDevice[],
    needs: readonly Needs[],
  ): Promise<AllocatorModel> {
    await farm.redis.flushall()
    const model = new AllocatorModel(farm, devices)
    await model.#host.join(devices)
    for (const { device, lease } of (await model.#host.registerDevices(devices)) ?? [])
      model.#checkLeases.set(device, lease)
    for (const { name } of devices) await model.ready(name)
    await farm.runs.open('r', { ttlMs: 3_600_000 })
    for (const need of needs) {
      const queue = await farm.runs.registerNeeds('r', need)
      if (model.needs.every(known => known.queue !== queue)) {
        model.needs.push({ queue, roles: rolesOf(need), jobs: [], promised: 0, failedOn: [] })
      }
    }
    return model
  }

  async ready(device: string): Promise<void> {
    await this.farm.scripts.call('offer-device', 'h', 'i', device, this.#checkLeases.get(device) ?? '', 0)
    this.online.add(device)
    this.starting.delete(device)
    this.idle.add(device)
    this.#freed.set(device, (this.#scripts += 1))
  }

  /** @returns modules that wait and are promised to no lease */
  waiting({ jobs, promised }: ModelNeed): number {
    return jobs.length - promised
  }

  /** @param failedOn - devices that the first of them, or one before it, has failed on: better not again, but better than not at all */
  async submit(need: ModelNeed, jobs: number, failedOn: readonly string[] = []): Promise<void> {
    if (jobs === 0) return
    if (failedOn.length > 0) {
      await this.farm.redis.hset(`${this.farm.prefix}:failed-on:${need.queue}`, '0', JSON.stringify(failedOn))
    }
    const ids = Array.from({ length: jobs }, (_, i) => String(i))
    await this.farm.redis.lpush(queueKey(this.farm.prefix, need.queue, 'wait'), ...ids)
    await this.farm.scripts.call('schedule', 'h', 0, need.queue)
    need.jobs.push(...ids)
    if (failedOn.length > 0) need.failedOn = failedOn
  }

  /** The lease fetches its job; until then the job counts as promised. */
  async fetch(grant: Grant): Promise<void> {
    await this.#host.startFetch(grant.lease, grant.queue)
    await this.farm.redis.rpop(queueKey(this.farm.prefix, grant.queue, 'wait'))
    const need = this.#needOf(grant.queue)
    need?.jobs.shift()
    if (need) need.promised -= 1
  }

  /** Records which devices are free, without granting anything. */
  async release(grant: Grant): Promise<void> {
    await this.farm.scripts.call('release', 'h', 0, JSON.stringify([endOf(grant)]))
    this.#scripts += 1
    this.#free(grant)
  }

  /** Releases, and grants what that allows in the same script; asks the oracle about the state in between. */
  async releaseAndSchedule(released: readonly Grant[]): Promise<Scheduled> {
    await this.#checkOrder()
    this.#scripts += 1
    for (const grant of released) this.#free(grant)
    const queues = released.map(grant => grant.queue)
    return this.#compare(queues, () => this.#host.release(released.map(endOf)))
  }

  #free(grant: Grant): void {
    this.leases.delete(grant.lease)
    for (const device of endOf(grant).clean) {
      if (!this.online.has(device)) continue
      this.idle.add(device)
      this.#freed.set(device, this.#scripts)
    }
  }

  async unplug(device: string): Promise<void> {
    await this.farm.scripts.call('set-device-state', 'h', 'i', device, 'offline', 'unplugged', 0)
    this.online.delete(device)
    this.starting.delete(device)
    this.idle.delete(device)
  }

  /** Back again: a leased device stays leased, another one is checked, and then it is ready. */
  async plug(device: string): Promise<void> {
    if (this.online.has(device)) return
    const reply = await this.farm.scripts.call('set-device-state', 'h', 'i', device, 'checking', 'back', 0)
    this.online.add(device)
    const { lease } = readReply(deviceStateReply, reply)
    if (lease === undefined) return
    this.#checkLeases.set(device, lease)
    this.starting.add(device)
  }

  /** Grants in Redis, asks the oracle about the same state, and reports differences. */
  async schedule(): Promise<Scheduled> {
    await this.#checkOrder()
    return this.#compare([], () => this.#host.schedule())
  }

  /** @param touched - queues that the script treats as changed */
  async #compare(touched: readonly string[], act: () => Promise<ScheduleReply>): Promise<Scheduled> {
    const needs = await this.#oracleNeeds(touched)
    const candidates = new Map(this.#selectors.map(selector => [selector, this.#ranked(selector)]))
    const before = await this.farm.redis.xlen(this.#auditKey)
    const { grants, more } = await act()
    if (more) throw new Error('the model is too small for more')
    const reservedByLua = await this.#reservation(before)
    const left = [...grants]
    const decision = decide({ needs, candidates, free: [...this.idle] }, (need, kind, usable, size) => {
      const devices = kind === 'grant' ? choiceOf(left.shift(), need) : matchUp(need, reservedByLua, candidates)
      if (isMatching(need, devices, candidates, usable, size)) return devices
      throw new Error(
        `${kind} for ${need.id}: ${JSON.stringify(devices)} is no matching of ${size} of ${JSON.stringify(need.roles)}`,
      )
    })
    await this.#checkFairness(needs, grants)
    if (left.length > 0) throw new Error(`granted beyond the oracle: ${left.map(grant => grant.queue).join(', ')}`)
    for (const grant of grants) {
      this.leases.set(grant.lease, grant)
      const need = this.#needOf(grant.queue)
      if (need) need.promised += 1
      for (const { device } of Object.values(grant.devices)) this.idle.delete(device)
    }
    return { grants, decision }
  }

  feasible(roles: readonly (readonly [string, string])[]): boolean {
    const started = new Set([...this.online].filter(device => !this.starting.has(device)))
    const able = new Map(roles.map(([, selector]) => [selector, this.#able(selector, started)]))
    return largestMatching({ roles }, able, started) === roles.length
  }

  async #oracleNeeds(touched: readonly string[]): Promise<OracleNeed[]> {
    const active = await this.farm.redis.zrange(`${this.farm.prefix}:active`, '0', '-1')
    const order = [...new Set([...active, ...touched])]
    for (const need of this.needs) {
      if (this.waiting(need) > 0 && !active.includes(need.queue))
        throw new Error(`${need.queue} waits and is not active`)
    }
    return order.flatMap(queue => {
      const need = this.#needOf(queue)
      if (!need) return []
      const failedOn = new Set(need.failedOn)
      const avoid = need.jobs.slice(need.promised).map(job => (job === '0' ? failedOn : new Set<string>()))
      const { roles } = need
      return [{ id: queue, roles, demand: this.waiting(need), avoid, feasible: this.feasible(roles) }]
    })
  }

  /** Needs that were served move behind those that were not. */
  async #checkFairness(before: readonly OracleNeed[], grants: readonly Grant[]): Promise<void> {
    const served = [...new Set(grants.map(grant => grant.queue).toReversed())].toReversed()
    const expected = [...before.map(need => need.id).filter(id => !served.includes(id)), ...served]
    const after = await this.farm.redis.zrange(`${this.farm.prefix}:active`, '0', '-1')
    if (expected.filter(id => after.includes(id)).join() !== after.join()) {
      throw new Error(`served in turn: ${after.join()} instead of ${expected.join()}`)
    }
  }

  /** The records in Redis must match the model. */
  async #checkOrder(): Promise<void> {
    for (const selector of this.#selectors) {
      const listed = await this.farm.redis.zrange(`${this.farm.prefix}:free-for:${selector}`, '0', '-1')
      const ranked = this.#ranked(selector)
      if (listed.join() === ranked.join()) continue
      throw new Error(`free for '${selector}': ${listed.join()} instead of ${ranked.join()}`)
    }
  }

  /** Idle devices for a selector: those that the fewest selectors match first, of these the longest idle. */
  #ranked(selector: string): string[] {
    const rank = (device: string): [number, number] => [
      this.#selectors.filter(other => this.#able(other, this.idle).includes(device)).length,
      this.#freed.get(device) ?? 0,
    ]
    const ranks = new Map([...this.idle].map(device => [device, rank(device)]))
    return this.#able(selector, this.idle).sort((a, b) => {
      const [wantedA = 0, freedA = 0] = ranks.get(a) ?? []
      const [wantedB = 0, freedB = 0] = ranks.get(b) ?? []
      return wantedA - wantedB || freedA - freedB || (a < b ? -1 : 1)
    })
  }

  #needOf(queue: string): ModelNeed | undefined {
    return this.needs.find(need => need.queue === queue)
  }

  get #selectors(): string[] {
    return [...new Set(this.needs.flatMap(need => need.roles.map(([, selector]) => selector)))]
  }

  #able(selector: string, among: ReadonlySet<string>): string[] {
    return this.devices
      .filter(({ name, labels }) => among.has(name) && matchesSelector(new Set([...labels, `name=${name}`]), selector))
      .map(({ name }) => name)
  }

  get #auditKey(): string {
    return `${this.farm.prefix}:audit`
  }

  async #reservation(from: number): Promise<string[]> {
    const entries = await this.farm.redis.xrange(this.#auditKey, '-', '+')
    const [first, second] = entries
      .slice(from)
      .flatMap(([, fields]) => (fields[fields.indexOf('event') + 1] === 'reserve' ? [fields] : []))
    if (second) throw new Error('two gangs hold back devices')
    if (!first) return []
    const fields = first
    return JSON.parse(fields[fields.indexOf('devices') + 1] ?? '[]') as string[]
  }
}

function endOf({ lease, queue, devices }: Grant): EndedLease {
  return { lease, queue, clean: Object.values(devices).map(({ device }) => device), empty: false }
}

function choiceOf(grant: Grant | undefined, need: OracleNeed): Record<string, string> {
  if (grant?.queue !== need.id) throw new Error(`granted ${grant?.queue ?? 'nothing'} where ${need.id} is next`)
  return Object.fromEntries(Object.entries(grant.devices).map(([role, { device }]) => [role, device]))
}
