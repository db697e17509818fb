import { z } from 'zod'
import { BatonError } from '../error/baton-error.js'
import { selectorForName } from '../device/selector.js'
import { parseScheduleReply, unsatisfiableNeedsSchema, type ScheduleReply, type UnsatisfiableNeed } from './grant.js'
import type { FarmSecret } from './farm-secret.js'
import type { LeaseScripts } from './lease-scripts.js'
import { protocolMismatch } from './protocol/version.js'

/** A device as its host brings it into the farm. */
export interface HostDevice {
  name: string
  /** Declared and found labels; `name=<name>` is added. */
  labels: readonly string[]
  driver: string
  platform: string
  udid?: string
}

export interface HeldLease {
  lease: string
  queue: string
  /** BullMQ's job id; absent until it is fetched. */
  jobId?: string
}

/** A lease whose host is done with it. */
export interface EndedLease {
  lease: string
  queue: string
  /**
   * The host's own devices that are ready for the next module; its others are `checking` from here on, and deputies are checked by
   * their own hosts.
   */
  clean: readonly string[]
  /** The fetch found no job. */
  empty: boolean
}

export interface BoundJob {
  job: string
  reasons: string[]
  open: boolean
}

export interface Released {
  /** False where the lease had been lost. */
  held: boolean
  /** True where its run is no longer open. */
  closed: boolean
}

export interface DeviceToCheck {
  device: string
  lease: string
  reason: string
}

export interface HeartbeatReply extends ScheduleReply {
  /** False where the farm has given this host up: it holds nothing any more and has to join again. */
  alive: boolean
  /** Leases that are over. */
  lost: string[]
  /** Leases whose run is no longer open. */
  closed: string[]
  /** Queues with jobs in execution. */
  busy: string[]
  unsatisfiable: UnsatisfiableNeed[]
  /** Its devices that wait for their host's word. */
  checking: DeviceToCheck[]
}

export interface HostIdentity {
  name: string
  /** Unique for each time the process joins. */
  incarnation: string
  gatewayUrl: string
  /** Milliseconds that the host and its leases last unless renewed. */
  ttlMs: number
  secret: FarmSecret
}

/** Grants in one reply: enough to keep a host busy, few enough to keep the script short. */
const MAX_GRANTS = 16
/** Devices or leases in one call, for the same reason. */
const CHUNK = 50

const joinReply = z.union([
  z.tuple([z.literal('foreign'), z.number()]),
  z.tuple([z.literal('joined'), z.string()]),
  z.tuple([z.enum(['again', 'replaced'])]),
])
const takenSchema = z.array(z.object({ device: z.string(), host: z.string(), udid: z.string().optional() }))

/** What a host says to the farm about its own devices and the leases that it leads. */
export class HostLeases {
  constructor(
    readonly scripts: LeaseScripts,
    readonly host: HostIdentity,
  ) {}

  /**
   * Makes this process the one that serves the host's name; devices that it no longer has leave the registry.
   * @param stale - the process had joined before: it then steps back where a successor has
   * @returns `replaced` where it stepped back
   */
  async join(devices: readonly HostDevice[], stale = false): Promise<'joined' | 'replaced'> {
    const { name, incarnation, gatewayUrl, ttlMs } = this.host
    const names = JSON.stringify(devices.map(device => device.name))
    for (;;) {
      const mode = stale ? 'stale' : 'new'
      const { current } = this.host.secret
      const [answer, detail] = joinReply.parse(
        await this.scripts.call('join', name, incarnation, gatewayUrl, ttlMs, mode, names, current),
      )
      if (answer === 'foreign') throw protocolMismatch(detail)
      if (answer === 'joined') this.host.secret.adopt(detail)
      if (answer !== 'again') return answer
    }
  }

  /**
   * Registers the devices, all `checking`.
   * @returns the lease under which each is to be checked, by device; undefined where the host was given up meanwhile
   * @throws BatonError BATON_DEVICE_TAKEN where another live host serves a device of that name or udid
   */
  async registerDevices(devices: readonly HostDevice[]): Promise<DeviceToCheck[] | undefined> {
    const checking: DeviceToCheck[] = []
    for (let start = 0; start < devices.length; start += CHUNK) {
      const chunk = devices.slice(start, start + CHUNK)
      const payload = JSON.stringify(chunk.map(describe))
      const reply = z
        .tuple([z.enum(['enrolled', 'taken', 'gone'])], z.string())
        .parse(await this.scripts.call('register-devices', this.host.name, this.host.incarnation, payload))
      if (reply[0] === 'gone') return undefined
      if (reply[0] === 'taken') throw takenError(reply[1] ?? '[]')
      const lease = reply[1] ?? ''
      for (const device of chunk) checking.push({ device: device.name, lease, reason: 'its host has just joined' })
    }
    return checking
  }

  /** Tells the farm that queues may have changed, and takes what is granted. */
  async schedule(queues: readonly string[] = []): Promise<ScheduleReply> {
    return parseScheduleReply(await this.scripts.call('schedule', this.host.name, MAX_GRANTS, ...queues))[0]
  }

  /**
   * Before the job is fetched: the lease no longer counts as promised. Dropping the promise first heals itself (one grant too many finds
   * nothing); dropping it after the fetch would lose a wake-up. Where the lease is over, `bind` and `release` say so.
   */
  async startFetch(lease: string, queue: string): Promise<void> {
    await this.scripts.redis.srem(this.scripts.key('pend', queue), lease)
  }

  /**
   * Right after the fetch was sent: the lease learns its job.
   * @param job - BullMQ's id of it, where that is known already
   * @returns undefined where the lease is over; else BullMQ's id of the job, or '' where it has fetched none, what infrastructure did to it
   * before, and whether its run is open
   */
  async bindJob(lease: string, job = ''): Promise<BoundJob | undefined> {
    const [held, id, reasons, state] = z
      .tuple([z.number(), z.string(), z.string(), z.string()])
      .parse(await this.scripts.call('bind-job', lease, this.host.name, job))
    return held === 0 ? undefined : { job: id, reasons: parseReasons(reasons), open: state === 'open' }
  }

  /**
   * Records what infrastructure did to a job, before the job is given back.
   * @returns all reasons so far; undefined where the lease is over
   */
  async recordInfraFailure(lease: string, jobId: string, reason: string): Promise<string[] | undefined> {
    const text = z.string().parse(await this.scripts.call('record-infra-failure', lease, this.host.name, jobId, reason))
    return text === '' ? undefined : parseReasons(text)
  }

  /**
   * Records that a device has refused the app of a lease's run: it serves no module of that run any more that wants that app.
   * @param reason - for people, who are told of the device beside it
   * @returns false where the lease is lost
   */
  async refuseApp(lease: string, device: string, reason: string): Promise<boolean> {
    return (await this.scripts.call('refuse-app', lease, this.host.name, device, reason)) === 1
  }

  /**
   * Ends leases whose jobs are finished or given back, at most 16 at a time.
   * @returns `released`: what became of each
   */
  async release(ended: readonly EndedLease[]): Promise<ScheduleReply & { released: Released[] }> {
    const payload = ended.map(({ lease, queue, clean, empty }) => [lease, queue, clean, empty ? 1 : 0])
    const reply = await this.scripts.call('release', this.host.name, MAX_GRANTS, JSON.stringify(payload))
    const [pump, extra] = parseScheduleReply(reply)
    const [held, closed] = releaseTuple.parse(extra)
    return { ...pump, released: ended.map((_, i) => ({ held: held[i] === 1, closed: closed[i] === 1 })) }
  }

  /**
   * The device is idle: checked, its session open.
   * @param lease - under which it was checked; another check is on its way where it has grown since
   */
  async offerDevice(device: string, lease: string): Promise<ScheduleReply & { offered: boolean }> {
    const { name, incarnation } = this.host
    const [pump, [offered]] = parseScheduleReply(
      await this.scripts.call('offer-device', name, incarnation, device, lease, MAX_GRANTS),
    )
    return { ...pump, offered: offered === 1 }
  }

  /**
   * Says what became of a device without a lease having ended: unplugged, back again, or given up.
   * @returns `lease` where the device is `checking` now
   */
  async setDeviceState(
    device: string,
    state: 'checking' | 'offline' | 'quarantined',
    reason: string,
  ): Promise<ScheduleReply & { lease?: string }> {
    const { name, incarnation } = this.host
    const [pump, [, lease]] = parseScheduleReply(
      await this.scripts.call('set-device-state', name, incarnation, device, state, reason, MAX_GRANTS),
    )
    return typeof lease === 'string' && lease !== '' ? { ...pump, lease } : pump
  }

  /**
   * Renews the host and what it holds; a third of the TTL is a good interval.
   * @param lockMs - milliseconds that the jobs' locks last
   */
  async heartbeat(held: readonly HeldLease[], lockMs: number): Promise<HeartbeatReply> {
    const rest = held.slice(CHUNK)
    const payload = JSON.stringify(held.slice(0, CHUNK).map(({ lease, queue, jobId }) => [lease, queue, jobId ?? '']))
    const raw = await this.scripts.call('heartbeat', this.host.name, this.host.incarnation, lockMs, MAX_GRANTS, payload)
    const [pump, extra] = parseScheduleReply(raw)
    const [alive, lost, closed, busy, unsatisfiable, checking] = heartbeatTuple.parse(extra)
    const reply: HeartbeatReply = {
      ...pump,
      alive: alive === 1,
      lost,
      closed,
      busy,
      unsatisfiable: unsatisfiableNeedsSchema.parse(JSON.parse(unsatisfiable)),
      checking: checking.map(([device, lease, reason]) => ({ device, lease, reason })),
    }
    if (rest.length === 0 || !reply.alive) return reply
    return mergeHeartbeats(reply, await this.heartbeat(rest, lockMs))
  }

  /**
   * Leaves in an orderly way: `drain` offers its devices no longer, `gone` ends what it still holds.
   */
  async leave(step: 'drain' | 'gone'): Promise<void> {
    while ((await this.scripts.call('leave', this.host.name, this.host.incarnation, step)) === 0);
  }

  get inboxKey(): string {
    return this.scripts.key('inbox', this.host.name)
  }
}

const releaseTuple = z.tuple([z.array(z.number()), z.array(z.number())])

const heartbeatTuple = z.tuple([
  z.number(),
  z.array(z.string()),
  z.array(z.string()),
  z.array(z.string()),
  z.string(),
  z.array(z.tuple([z.string(), z.string(), z.string()])),
])

function mergeHeartbeats(first: HeartbeatReply, second: HeartbeatReply): HeartbeatReply {
  return {
    ...second,
    grants: [...first.grants, ...second.grants],
    stalled: [...new Set([...first.stalled, ...second.stalled])],
    lapsed: [...new Set([...first.lapsed, ...second.lapsed])],
    lost: [...first.lost, ...second.lost],
    closed: [...first.closed, ...second.closed],
  }
}

function describe(device: HostDevice): Record<string, string> {
  const labels = [...new Set([...device.labels, selectorForName(device.name)])].join(',')
  const { name, driver, platform, udid } = device
  return { name, labels, driver, platform, ...(udid === undefined ? {} : { udid }) }
}

function parseReasons(text: string): string[] {
  return z.array(z.string()).parse(JSON.parse(text))
}

function takenError(text: string): BatonError {
  const taken = takenSchema.parse(JSON.parse(text))
  const list = taken.map(({ device, host, udid }) =>
    udid === undefined
      ? `'${device}' is served by host '${host}'`
      : `the udid ${udid} of '${device}' is served by host '${host}'`,
  )
  const [first] = taken
  return new BatonError('BATON_DEVICE_TAKEN', `a device belongs to one live host: ${list.join('; ')}`, {
    hint: 'rename the device, or stop the other host',
    ...(first ? { device: first.device } : {}),
  })
}
