import { z } from 'zod'
import type { Needs } from '../device/selector.js'
import { moduleOfJobId } from '../queue/module-job.js'
import type { LeaseScripts } from './lease-scripts.js'
import { readDeviceHistory, type DeviceHistory } from './device-history.js'
import { limits } from './protocol/limits.js'
import {
  deviceRow,
  forgetHostReply,
  needStateReply,
  quarantineReply,
  queueDepthReply,
  readReply,
  restoreReply,
  type DeviceRow,
} from './protocol/replies.js'
import type { DeviceState, Feasibility } from './protocol/states.js'
import { rolesOf } from './queue-name.js'

/** A device as the farm knows it. */
export interface RegisteredDevice {
  name: string
  /** The host that serves it, or served it last. */
  host: string
  /** `name=<name>` included. */
  labels: string[]
  driver: string
  platform: string
  udid?: string
  state: DeviceState
  /** Why it is in that state; '' if there is no special reason. */
  reason: string
  /** Milliseconds since the epoch. */
  since: number
  /** What runs on it. */
  lease?: { id: string; role: string; run: string; queue: string; module?: string; file?: string; since: number }
}

export interface NeedState {
  answer: Feasibility
  /** role → every registered device that could take it, in any state. */
  roles: Record<string, RegisteredDevice[]>
  /** Device → why it refused the app of the modules with these needs. */
  refusals: Record<string, string>
}

/** Modules with equally many roles that wait for devices. */
export interface QueueDepth {
  roles: number
  modules: number
  /** Seconds that the longest of them has waited. */
  oldestSeconds: number
}

/** Answers questions about the devices of the farm. */
export class Registry {
  constructor(readonly scripts: LeaseScripts) {}

  /** Every registered device, offline ones included, sorted by name. */
  async listDevices(): Promise<RegisteredDevice[]> {
    return this.#read(await this.scripts.redis.smembers(this.scripts.key('devices')))
  }

  /**
   * @param queue - of the modules that need it; '': of none
   */
  async needState(needs: Needs, queue = ''): Promise<NeedState> {
    const raw = await this.scripts.call('need-state', JSON.stringify(rolesOf(needs)), queue)
    const { answer, roles: able, refusals } = readReply(needStateReply, raw)
    const devices = await this.#read([...new Set(able.flatMap(([, names]) => names))])
    const known = new Map(devices.map(device => [device.name, device]))
    const roles: NeedState['roles'] = {}
    for (const [role, names] of able) {
      roles[role] = names.flatMap(name => known.get(name) ?? [])
    }
    return { answer, roles, refusals }
  }

  /**
   * Removes the devices of a host that will not come back. A host that has one of them later registers it again.
   * @returns false if the host serves them now; then nothing has changed
   */
  async forgetHost(host: string): Promise<boolean> {
    for (;;) {
      const state = forgetHostReply.parse(await this.scripts.call('forget-host', host))
      if (state !== 'more') return state === 'done'
    }
  }

  /** How many modules of the whole farm wait for devices, by their number of roles. */
  async queueDepths(): Promise<QueueDepth[]> {
    const byRoles = new Map<number, QueueDepth>()
    for (let skip = 0, read: number = limits.batch; read === limits.batch; skip += read) {
      const reply = readReply(queueDepthReply, await this.scripts.call('queue-depth', skip))
      read = reply.read
      for (const [roles, modules, addedAt] of reply.depths) {
        const known = byRoles.get(roles) ?? { roles, modules: 0, oldestSeconds: 0 }
        known.modules += modules
        if (addedAt > 0) known.oldestSeconds = Math.max(known.oldestSeconds, (reply.now - addedAt) / 1_000)
        byRoles.set(roles, known)
      }
    }
    return [...byRoles.values()]
  }

  /**
   * Takes a device out of use until it is restored; a module that runs on it may end first.
   * @returns `leased` if one does
   */
  async quarantineDevice(device: string, why: string): Promise<'done' | 'leased' | 'unknown'> {
    return quarantineReply.parse(await this.scripts.call('quarantine-device', device, why))
  }

  /** Lets a quarantined device serve again, once its host has checked it. @returns `offline` if its host is not there */
  async restoreDevice(device: string): Promise<'done' | 'offline' | 'not-quarantined' | 'unknown'> {
    return restoreReply.parse(await this.scripts.call('restore-device', device))
  }

  /** What the farm remembers of a device. */
  async deviceHistory(device: string): Promise<DeviceHistory> {
    const { redis } = this.scripts
    const [log, sessions] = await Promise.all(
      (['deviceLog', 'deviceSessions'] as const).map(key => redis.xrange(this.scripts.key(key, device), '-', '+')),
    )
    return readDeviceHistory(log ?? [], sessions ?? [])
  }

  async #read(names: readonly string[]): Promise<RegisteredDevice[]> {
    const devices: RegisteredDevice[] = []
    for (let start = 0; start < names.length; start += limits.batch) {
      const reply = await this.scripts.call('list-devices', ...names.slice(start, start + limits.batch))
      devices.push(
        ...z
          .array(z.unknown())
          .parse(reply)
          .map(row => deviceOf(readReply(deviceRow, row))),
      )
    }
    return devices.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Whether a lease is the device's current one; a gateway asks once for each lease. */
  async holds(device: string, lease: string): Promise<boolean> {
    return (await this.scripts.call('holds-device', device, lease)) === 1
  }
}

function deviceOf({ labels, lease, role, run, queue, granted, job, file, ...device }: DeviceRow): RegisteredDevice {
  const { udid, ...rest } = device
  return {
    ...rest,
    labels: labels === '' ? [] : labels.split(','),
    ...(udid === undefined ? {} : { udid }),
    ...(lease === undefined
      ? {}
      : {
          lease: {
            id: lease,
            role,
            run,
            queue,
            since: granted,
            ...(job === undefined ? {} : { module: moduleOfJobId(job), file }),
          },
        }),
  }
}
