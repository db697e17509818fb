import type { LeaseScripts } from './lease-scripts.js'
import { limits } from './protocol/limits.js'
import { drainHostReply, hostRow, readReply, type HostRow } from './protocol/replies.js'
import type { RegisteredDevice } from './registry.js'

/** A host as the farm knows it. */
export interface RegisteredHost extends HostRow {
  /** Sorted by name; those that it served last if it has left. */
  devices: RegisteredDevice[]
}

/** The hosts of a farm: those that serve it, and those that have left but whose devices are still registered. */
export class FarmHosts {
  constructor(private readonly scripts: LeaseScripts) {}

  /**
   * @param devices - all that are registered
   * @returns sorted by name
   */
  async list(devices: readonly RegisteredDevice[]): Promise<RegisteredHost[]> {
    const { redis } = this.scripts
    const live = await redis.zrange(this.scripts.key('hosts'), '0', '-1')
    const names = [...new Set([...live, ...devices.map(device => device.host)])].toSorted()
    const hosts: RegisteredHost[] = []
    for (let start = 0; start < names.length; start += limits.batch) {
      const rows = (await this.scripts.call('list-hosts', ...names.slice(start, start + limits.batch))) as unknown[]
      for (const row of rows.map(each => readReply(hostRow, each))) {
        hosts.push({ ...row, devices: devices.filter(device => device.host === row.name) })
      }
    }
    return hosts
  }

  /**
   * Asks a host to take no new modules and to stop when those in flight have ended.
   * @returns `gone` if it does not serve, `again` if it was draining already
   */
  async drain(host: string): Promise<'gone' | 'again' | 'done'> {
    for (;;) {
      const state = drainHostReply.parse(await this.scripts.call('drain-host', host))
      if (state !== 'more') return state
    }
  }
}
