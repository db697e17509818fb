import { z } from 'zod'
import type { Needs } from '../device/selector.js'
import { moduleOfJobId } from '../queue/module-job.js'
import type { LeaseScripts } from './lease-scripts.js'
import { deviceStates, feasibilities, type DeviceState, type Feasibility } from './protocol/states.js'
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
  /** Why it is in that state; '' where there is nothing to say. */
  reason: string
  /** Milliseconds since the epoch. */
  since: number
  /** What runs on it. */
  lease?: { id: string; role: string; run: string; queue: string; module?: string; file?: string; since: number }
}

export interface NeedState {
  answer: Feasibility
  /** role → every registered device that could take it, in whatever state. */
  roles: Record<string, RegisteredDevice[]>
  /** Device → why it refused the app of the modules with these needs. */
  refusals: Record<string, string>
}

/** Devices in one script. */
const CHUNK = 100

const rowSchema = z.array(z.string()).length(16)

/** What can be asked about the farm. */
export class Registry {
  constructor(readonly scripts: LeaseScripts) {}

  /** Every registered device, those that are offline too, by name. */
  async listDevices(): Promise<RegisteredDevice[]> {
    return this.#read(await this.scripts.redis.smembers(this.scripts.key('devices')))
  }

  /**
   * @param queue - of the modules that need it; '': of none
   */
  async needState(needs: Needs, queue = ''): Promise<NeedState> {
    const [answer, able, refusals] = z
      .tuple([z.enum(feasibilities), z.string(), z.array(z.string())])
      .parse(await this.scripts.call('need-state', JSON.stringify(rolesOf(needs)), queue))
    const ables = z.array(z.tuple([z.string(), z.array(z.string())])).parse(JSON.parse(able))
    const devices = await this.#read([...new Set(ables.flatMap(([, names]) => names))])
    const known = new Map(devices.map(device => [device.name, device]))
    const roles: NeedState['roles'] = {}
    for (const [role, names] of ables) {
      roles[role] = names.flatMap(name => known.get(name) ?? [])
    }
    const pairs = refusals.flatMap((device, at) => (at % 2 === 0 ? [[device, refusals[at + 1] ?? '']] : []))
    return { answer, roles, refusals: Object.fromEntries(pairs) as Record<string, string> }
  }

  /**
   * Takes the devices of a host that will not come back out of the registry; whoever brings one of them registers it anew.
   * @returns false where the host serves them now, and then nothing has changed
   */
  async forgetHost(host: string): Promise<boolean> {
    for (;;) {
      const [state] = z.tuple([z.enum(['live', 'more', 'done'])]).parse(await this.scripts.call('forget-host', host))
      if (state !== 'more') return state === 'done'
    }
  }

  async #read(names: readonly string[]): Promise<RegisteredDevice[]> {
    const devices: RegisteredDevice[] = []
    for (let start = 0; start < names.length; start += CHUNK) {
      const reply = await this.scripts.call('list-devices', ...names.slice(start, start + CHUNK))
      devices.push(...z.array(rowSchema).parse(reply).map(deviceOf))
    }
    return devices.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Whether a lease is the device's current one; a gateway asks once for each lease. */
  async holds(device: string, lease: string): Promise<boolean> {
    return (await this.scripts.call('holds-device', device, lease)) === 1
  }
}

function deviceOf(row: string[]): RegisteredDevice {
  const [name = '', host = '', labels = '', driver = '', platform = '', udid = '', state, reason = '', since] = row
  const [lease = '', role = '', run = '', queue = '', job = '', file = '', granted] = row.slice(9)
  return {
    name,
    host,
    labels: labels === '' ? [] : labels.split(','),
    driver,
    platform,
    ...(udid === '' ? {} : { udid }),
    state: z.enum(deviceStates).parse(state),
    reason,
    since: Number(since),
    ...(lease === ''
      ? {}
      : {
          lease: {
            id: lease,
            role,
            run,
            queue,
            since: Number(granted),
            ...(job === '' ? {} : { module: moduleOfJobId(job), file }),
          },
        }),
  }
}
