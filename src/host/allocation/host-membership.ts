import { randomUUID } from 'node:crypto'
import { publishActivity } from '../../event/host-activity.js'
import { HostLeases, type DeviceToCheck, type HeldLease, type HostDevice } from '../../lease/host-leases.js'
import type { LeaseScripts } from '../../lease/lease-scripts.js'
import type { HeartbeatReply } from '../../lease/protocol/replies.js'
import type { AllocationLoopOptions } from './allocation-options.js'

/** Called by a host's membership; the allocation loop implements it. */
export interface MembershipEvents {
  /** It is a host of the farm, with all its devices. */
  joined(): void
  /** A device must be checked. */
  check(device: DeviceToCheck): void
  /** A heartbeat was answered. */
  alive(reply: HeartbeatReply): void
  /** All its leases are over. */
  lost(reason: string): void
  /** Redis has not answered for a whole TTL: the connections are replaced. */
  reconnect(): void
  /** A newer process serves the host's name. */
  replaced(): void
  /** It stops, and the farm has given it up: there is nothing left to do. */
  over(): void
  report(error: unknown): void
  /** Reports errors of work that is not awaited. */
  track(work: Promise<void>): void
}

export interface MembershipOptions extends Pick<
  AllocationLoopOptions,
  'host' | 'gatewayUrl' | 'farmSecret' | 'location' | 'version' | 'confirmation'
> {
  ttlMs: number
  devices: ReadonlyMap<string, HostDevice>
  /** Leases to renew. */
  held: () => HeldLease[]
  isStopping: () => boolean
}

/**
 * A host's place in the farm: joins, renews itself and its leases at a third of the TTL, and joins again if the farm gave it up. Each
 * time that it joins, it is a new incarnation, so that a process that was suspended for long notices that another one took its place.
 */
export class HostMembership {
  /** Of the present incarnation. */
  leases: HostLeases
  #status: 'none' | 'joining' | 'joined' = 'none'
  #closed = false
  #heartbeatTimer: NodeJS.Timeout | undefined
  /** Fires if Redis has not confirmed the host for a whole TTL: by then its leases are over. */
  #deadline: NodeJS.Timeout | undefined

  constructor(
    private readonly scripts: LeaseScripts,
    private readonly options: MembershipOptions,
    private readonly events: MembershipEvents,
  ) {
    this.leases = this.#newIncarnation()
  }

  /** @param stale - it had joined before, and gives way to a newer process of its name */
  async join(stale: boolean): Promise<void> {
    this.#status = 'joining'
    const checking = await this.#joinWithDevices(stale).catch((error: unknown) => {
      this.#status = 'none'
      throw error
    })
    if (!checking) return this.events.replaced()
    this.#status = 'joined'
    for (const device of checking) this.events.check(device)
    // What a predecessor of this name left unfinished has to be found now, not with the next heartbeat. If this one fails, because its
    // connection was lost or given up as too slow, the host has joined nevertheless.
    return this.heartbeat().catch((error: unknown) => this.events.report(error))
  }

  async heartbeat(): Promise<void> {
    const sentAt = performance.now()
    const { leases } = this
    const reply = await leases.heartbeat(this.options.held())
    if (this.#closed) return
    if (!reply.alive) return this.#rejoin(leases)
    if (this.#status === 'none' && !this.options.isStopping()) return this.join(true)
    this.#confirmed(sentAt)
    this.events.alive(reply)
    await this.#registerAgain(reply.missing)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#heartbeatTimer)
    clearTimeout(this.#deadline)
  }

  /** Somebody has deleted what the farm knew of these devices. */
  async #registerAgain(names: readonly string[]): Promise<void> {
    const devices = names.flatMap(name => this.options.devices.get(name) ?? [])
    if (devices.length === 0 || this.options.isStopping()) return
    for (const device of (await this.leases.registerDevices(devices)) ?? []) this.events.check(device)
  }

  #newIncarnation(): HostLeases {
    const { host: name, gatewayUrl, ttlMs, farmSecret: secret, location, version } = this.options
    const identity = { name, incarnation: randomUUID(), gatewayUrl, ttlMs, secret, version }
    return new HostLeases(this.scripts, { ...identity, ...location })
  }

  /** @returns undefined if a newer process serves under this name */
  async #joinWithDevices(stale: boolean): Promise<DeviceToCheck[] | undefined> {
    for (;;) {
      const devices = [...this.options.devices.values()]
      const sentAt = performance.now()
      if ((await this.leases.join(devices, stale)) === 'replaced') return undefined
      const checking = await this.leases.registerDevices(devices)
      if (!checking) {
        this.leases = this.#newIncarnation()
        continue
      }
      this.events.joined()
      this.#confirmed(sentAt)
      this.#armHeartbeat()
      return checking
    }
  }

  /** Several heartbeats may learn this at the same time. Only one of them may join again: the next one would look like a successor. */
  async #rejoin(givenUp: HostLeases): Promise<void> {
    if (this.#status === 'joining' || this.leases !== givenUp) return
    this.events.lost('the farm had given this host up')
    if (this.options.isStopping()) return this.events.over()
    this.leases = this.#newIncarnation()
    await this.join(true)
    publishActivity('recovered', { kind: 'farm' })
  }

  #armHeartbeat(): void {
    clearTimeout(this.#heartbeatTimer)
    if (this.#closed) return
    this.#heartbeatTimer = setTimeout(() => {
      this.events.track(this.heartbeat().finally(() => this.#armHeartbeat()))
    }, this.options.ttlMs / 3)
  }

  /** Redis has confirmed the host: its leases last at least a TTL from when it was asked. */
  #confirmed(sentAt: number): void {
    const until = sentAt + this.options.ttlMs
    this.options.confirmation?.extend(until)
    this.#armDeadline(Math.max(0, until - performance.now()))
  }

  #armDeadline(ms: number): void {
    clearTimeout(this.#deadline)
    if (this.#closed) return
    this.#deadline = setTimeout(() => {
      this.events.lost('Redis has not confirmed them in time')
      // The connections may be dead without an error, so they are replaced. The new ones may be dead too, so the deadline starts again.
      this.#armDeadline(this.options.ttlMs)
      this.events.reconnect()
    }, ms)
  }
}
