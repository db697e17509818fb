import { BatonError } from '../error/baton-error.js'
import { selectorForName } from '../device/selector.js'
import { jobLockMs } from '../queue/queue-client.js'
import type { AttemptVerdict } from '../event/verdicts.js'
import type { FarmSecret } from './farm-secret.js'
import type { LeaseScripts } from './lease-scripts.js'
import { limits } from './protocol/limits.js'
import {
  bindReply,
  deviceStateReply,
  heartbeatReply,
  joinReply,
  leaveReply,
  offerReply,
  readReply,
  reasonsReply,
  registerDevicesReply,
  releaseReply,
  scheduleReply,
  type DeviceStateReply,
  type HeartbeatReply,
  type ScheduleReply,
} from './protocol/replies.js'
import { protocolMismatch } from './protocol/version.js'
import { unreachableGateway } from './unreachable-gateway.js'

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
  /** The lead host's own devices that are ready for the next module as they are. The others are checked by their hosts. */
  clean: readonly string[]
  /** The fetch found no job. */
  empty: boolean
  /** How its attempt ended; absent if none ran. */
  outcome?: AttemptVerdict
  /** What kept the attempt from its result. */
  reason?: string
}

export interface BoundJob {
  /** BullMQ's id, or '' if the lease has fetched none. */
  job: string
  /** Its earlier infrastructure failures, oldest first. */
  reasons: string[]
  /** Whether its run is open. */
  open: boolean
}

export interface Released {
  /** False if the lease had been lost. */
  held: boolean
  /** True if its run is no longer open. */
  closed: boolean
}

export interface DeviceToCheck {
  device: string
  /** A lease number: commands of smaller ones must not reach the device from here on. */
  lease: string
  reason: string
}

export interface HostIdentity {
  name: string
  /** Unique for each time the process joins. */
  incarnation: string
  gatewayUrl: string
  /** Which hosts it can talk to over loopback; absent: unknown, and nothing is checked. */
  machine?: string | undefined
  /** Its gateway is reached from its own machine only. */
  isLocalOnly?: boolean | undefined
  /** Milliseconds that the host and its leases last unless renewed. */
  ttlMs: number
  secret: FarmSecret
  /** Its version of Baton, for people. */
  version?: string | undefined
}

/** The calls of a host, for its own devices and for the leases that it leads. */
export class HostLeases {
  constructor(
    readonly scripts: LeaseScripts,
    readonly host: HostIdentity,
  ) {}

  /**
   * Registers this process as the one that serves the host's name. Devices that it no longer has leave the registry.
   * @param stale - the process has joined before: it gives way if a newer process serves the name
   * @returns `replaced` if it gave way
   * @throws BatonError BATON_PROTOCOL_MISMATCH if another version of Baton uses the farm
   * @throws BatonError BATON_HOST_TAKEN if a live host on another machine has the name
   * @throws BatonError BATON_GATEWAY_UNREACHABLE if it and a host on another machine cannot reach each other's gateways
   */
  async join(devices: readonly HostDevice[], stale = false): Promise<'joined' | 'replaced'> {
    const { name, incarnation, gatewayUrl, ttlMs, machine = '', isLocalOnly = false, version = '' } = this.host
    const names = JSON.stringify(devices.map(device => device.name))
    const mode = stale ? 'stale' : 'new'
    for (;;) {
      const { current } = this.host.secret
      const location = [machine, isLocalOnly ? '1' : '0']
      const args = [name, incarnation, gatewayUrl, ttlMs, mode, names, current, ...location, version]
      const reply = readReply(joinReply, await this.scripts.call('join', ...args))
      if (reply.answer === 'foreign') throw protocolMismatch(reply.version)
      if (reply.answer === 'namesake') throw namesakeError(name, reply.gateway)
      if (reply.answer === 'unreachable') throw unreachableGateway(this.host, reply)
      if (reply.answer === 'joined') this.host.secret.adopt(reply.secret)
      if (reply.answer !== 'again') return reply.answer
    }
  }

  /**
   * Registers the devices, all `checking`.
   * @returns which to check, and under which lease number; undefined if the farm has given the host up meanwhile
   * @throws BatonError BATON_DEVICE_TAKEN if another live host serves a device of that name or udid
   */
  async registerDevices(devices: readonly HostDevice[]): Promise<DeviceToCheck[] | undefined> {
    const checking: DeviceToCheck[] = []
    for (let start = 0; start < devices.length; start += limits.hostBatch) {
      const chunk = devices.slice(start, start + limits.hostBatch)
      const payload = JSON.stringify(chunk.map(describe))
      const reply = readReply(
        registerDevicesReply,
        await this.scripts.call('register-devices', this.host.name, this.host.incarnation, payload),
      )
      if (reply.answer === 'gone') return undefined
      if (reply.answer === 'taken') throw takenError(reply.taken)
      const { lease } = reply
      for (const device of chunk) checking.push({ device: device.name, lease, reason: 'its host has just joined' })
    }
    return checking
  }

  /**
   * Lets the farm grant what it can.
   * @param queues - those that may have changed
   */
  async schedule(queues: readonly string[] = []): Promise<ScheduleReply> {
    return readReply(scheduleReply, await this.scripts.call('schedule', this.host.name, limits.grants, ...queues))
  }

  /**
   * Before the job is fetched: the lease no longer counts as promised. If the process dies in between, one lease too many is granted and
   * finds no job. In the other order, a waiting module could be forgotten. If the lease is over, `bindJob` and `release` report it.
   */
  async startFetch(lease: string, queue: string): Promise<void> {
    await this.scripts.redis.srem(this.scripts.key('promised', queue), lease)
  }

  /**
   * Right after the fetch was sent: stores which job the lease has.
   * @param job - BullMQ's id of it, if that is known already
   * @returns undefined if the lease is over
   */
  async bindJob(lease: string, job = ''): Promise<BoundJob | undefined> {
    const reply = readReply(bindReply, await this.scripts.call('bind-job', lease, this.host.name, job))
    if (reply.answer === 'lost') return undefined
    return { job: reply.job, reasons: reply.reasons, open: reply.run === 'open' }
  }

  /**
   * Records that infrastructure kept a job from its result, before the job is requeued.
   * @returns all reasons so far, oldest first; undefined if the lease is over
   */
  async recordInfraFailure(lease: string, jobId: string, reason: string): Promise<string[] | undefined> {
    return reasonsReply.parse(await this.scripts.call('record-infra-failure', lease, this.host.name, jobId, reason))
  }

  /**
   * Records that a device has refused the app of a lease's run: modules of that run with that app no longer get it.
   * @param reason - for people, who read it next to the device's name
   * @returns false if the lease is lost
   */
  async refuseApp(lease: string, device: string, reason: string): Promise<boolean> {
    return (await this.scripts.call('refuse-app', lease, this.host.name, device, reason)) === 1
  }

  /**
   * Ends leases whose jobs are finished or requeued.
   * @param ended - at most `limits.releases`
   * @returns `released`: one for each of them, in the same order
   */
  async release(ended: readonly EndedLease[]): Promise<ScheduleReply & { released: Released[] }> {
    const raw = await this.scripts.call('release', this.host.name, limits.grants, JSON.stringify(ended))
    const { held, closed, ...reply } = readReply(releaseReply, raw)
    return { ...reply, released: ended.map((_, i) => ({ held: held[i] === true, closed: closed[i] === true })) }
  }

  /**
   * Offers a device that is ready for its next module.
   * @param lease - the number under which it was checked
   * @returns `offered`: false if another check is on its way, or the device no longer belongs to this host
   */
  async offerDevice(device: string, lease: string): Promise<ScheduleReply & { offered: boolean }> {
    const { name, incarnation } = this.host
    const raw = await this.scripts.call('offer-device', name, incarnation, device, lease, limits.grants)
    return readReply(offerReply, raw)
  }

  /**
   * Sets the state of a device without the end of a lease: it was unplugged, came back, or is given up.
   * @returns `lease`: the number under which it is to be checked, if it is `checking` now
   */
  async setDeviceState(
    device: string,
    state: 'checking' | 'offline' | 'quarantined',
    reason: string,
  ): Promise<DeviceStateReply> {
    const { name, incarnation } = this.host
    const raw = await this.scripts.call('set-device-state', name, incarnation, device, state, reason, limits.grants)
    return readReply(deviceStateReply, raw)
  }

  /** Renews the host and its leases; to be called every third of the TTL. */
  async heartbeat(held: readonly HeldLease[]): Promise<HeartbeatReply> {
    const { name, incarnation } = this.host
    const payload = JSON.stringify(held.slice(0, limits.hostBatch))
    const raw = await this.scripts.call('heartbeat', name, incarnation, jobLockMs, limits.grants, payload)
    const reply = readReply(heartbeatReply, raw)
    const rest = held.slice(limits.hostBatch)
    if (rest.length === 0 || !reply.alive) return reply
    return mergeHeartbeats(reply, await this.heartbeat(rest))
  }

  /**
   * Leaves the farm in two steps: `drain` withdraws its devices, `gone` ends what it still holds.
   * @returns how many of its devices are still used by modules of other hosts
   */
  async leave(step: 'drain' | 'gone'): Promise<number> {
    for (;;) {
      const left = leaveReply.parse(await this.scripts.call('leave', this.host.name, this.host.incarnation, step))
      if (left >= 0) return left
    }
  }

  get inboxKey(): string {
    return this.scripts.key('inbox', this.host.name)
  }
}

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

function namesakeError(name: string, gateway: string): BatonError {
  const message = `another machine serves the farm as host '${name}' (its gateway is ${gateway})`
  return new BatonError('BATON_HOST_TAKEN', message, {
    hint: 'give this host another name: --name NAME. If it has moved here, stop the other one, or wait until its leases expire.',
  })
}

function takenError(taken: readonly { device: string; host: string; udid?: string | undefined }[]): BatonError {
  const list = taken.map(({ device, host, udid }) =>
    udid === undefined
      ? `'${device}' is served by host '${host}'`
      : `the udid ${udid} of '${device}' is served by host '${host}'`,
  )
  const [first] = taken
  return new BatonError('BATON_DEVICE_TAKEN', `a device can be served by one host only: ${list.join('; ')}`, {
    hint: 'rename the device, or stop the other host',
    ...(first ? { device: first.device } : {}),
  })
}
