import { BatonError } from '../error/baton-error.js'
import { didYouMean, quoteNames } from '../error/closest-name.js'
import { FarmHosts, type RegisteredHost } from '../lease/farm-hosts.js'
import type { Registry } from '../lease/registry.js'
import { blockMs } from '../queue/follow-results.js'
import { plainLine } from '../report/plain-text.js'
import { formatTable } from './format-table.js'
import { masked, shown } from './secrets.js'
import { withRegistry } from './with-registry.js'

export interface HostsFlags {
  redis: string
  json?: boolean
}

/** `baton hosts`: the hosts of a farm, those that have left without being removed included. */
export async function hostsCommand({ redis, json }: HostsFlags): Promise<number> {
  await withRegistry(redis, async registry => {
    const hosts = await listHosts(registry)
    process.stdout.write(json ? masked(`${JSON.stringify(hosts.map(jsonOf), undefined, 2)}\n`) : shown(format(hosts)))
  })
  return 0
}

export interface DrainFlags extends HostsFlags {
  /** Waits until the host has left. */
  wait?: boolean
}

/**
 * `baton hosts drain NAME`: the same as SIGTERM to its process.
 * @returns 1 if it was waited for, and has vanished or was started again instead of stopping
 * @throws BatonError BATON_USAGE if there is no such host, or it has left
 */
export async function drainHost(name: string, { redis, wait }: DrainFlags): Promise<number> {
  return withRegistry(redis, async registry => {
    const host = await findHost(registry, name, 'drain')
    const outcome = await new FarmHosts(registry.scripts).drain(name)
    if (outcome === 'gone') {
      throw new BatonError('BATON_USAGE', `baton hosts drain: host '${name}' does not serve: ${host.reason}.`, {
        hint: `baton hosts remove ${name} removes its devices. If it comes back, it serves again.`,
      })
    }
    const already = outcome === 'again' ? ' already' : ''
    const rest = host.modules === 1 ? 'its module has' : `its ${host.modules} modules have`
    const then = host.modules === 0 ? 'it stops now' : `it stops when ${rest} ended, or after its --drain-timeout`
    process.stdout.write(`host ${name} takes no new modules${already}; ${then}\n`)
    if (!wait) return 0
    const reason = await reasonOfEnd(registry, name)
    process.stdout.write(shown(`${reason}\n`))
    return reason === `host ${name} has stopped` ? 0 : 1
  })
}

/** Waits until a host that drains has left. @returns why */
async function reasonOfEnd(registry: Registry, name: string): Promise<string> {
  const { redis } = registry.scripts
  const changes = registry.scripts.key('changes')
  for (let last = '0-0'; ;) {
    const host = (await listHosts(registry)).find(each => each.name === name)
    if (!host) return `host ${name} was removed`
    if (host.state === 'gone') return host.reason
    if (host.state === 'serving') return `host ${name} was started again`
    const change = await redis.xread('COUNT', 1, 'BLOCK', blockMs, 'STREAMS', changes, last)
    last = change?.[0]?.[1].at(-1)?.[0] ?? last
  }
}

/**
 * `baton hosts remove NAME`: if a host vanishes, its farm keeps its devices as offline, because the host may come back. This
 * removes them if it will not.
 * @throws BatonError BATON_USAGE if there is no such host, or it serves its devices
 */
export async function removeHost(name: string, { redis }: HostsFlags): Promise<number> {
  await withRegistry(redis, async registry => {
    const { devices } = await findHost(registry, name, 'remove')
    if (!(await registry.forgetHost(name))) {
      throw new BatonError('BATON_USAGE', `baton hosts remove: host '${name}' is serving its devices.`, {
        hint: `stop it first: baton hosts drain ${name}. If it vanished, wait until its leases expire.`,
      })
    }
    process.stdout.write(`removed host ${name} with ${devices.map(device => device.name).join(', ')}\n`)
  })
  return 0
}

async function listHosts(registry: Registry): Promise<RegisteredHost[]> {
  return new FarmHosts(registry.scripts).list(await registry.listDevices())
}

async function findHost(registry: Registry, name: string, action: string): Promise<RegisteredHost> {
  const hosts = await listHosts(registry)
  const found = hosts.find(host => host.name === name)
  if (found) return found
  const names = hosts.map(host => host.name)
  const known = quoteNames(names) || 'none'
  throw new BatonError(
    'BATON_USAGE',
    `baton hosts ${action}: the farm has no host '${name}' (known: ${known}).`,
    didYouMean(name, names),
  )
}

function jsonOf({ devices, heartbeat, since, ...row }: RegisteredHost): object {
  const { name, state, reason, version, gateway, modules } = row
  const time = (ms: number | undefined): string | undefined => (ms === undefined ? ms : new Date(ms).toISOString())
  return {
    name,
    state,
    reason,
    version,
    gateway,
    modules,
    since: time(since),
    lastHeartbeat: time(heartbeat),
    devices: devices.map(({ name, state, reason, lease }) => ({ name, state, reason, run: lease?.run })),
  }
}

function format(hosts: readonly RegisteredHost[]): string {
  const rows = hosts.map(({ name, state, devices, modules, version, since, heartbeat, reason, now }) => {
    const ago = (ms: number | undefined): string => (ms === undefined ? '' : `${formatAge(now - ms)} ago`)
    const load = `${devices.filter(({ lease }) => lease).length}/${devices.length} in use, ${plural(modules, 'module')}`
    return [name, state, countStates(devices), load, version ?? '', ago(since), ago(heartbeat), reason].map(plainLine)
  })
  return formatTable([['HOST', 'STATE', 'DEVICES', 'LOAD', 'VERSION', 'SINCE', 'HEARTBEAT', 'REASON'], ...rows])
}

/** Rough, for a table. */
function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

function countStates(devices: RegisteredHost['devices']): string {
  const states = [...new Set(devices.map(({ state }) => state))].toSorted()
  return states.map(state => `${devices.filter(device => device.state === state).length} ${state}`).join(', ') || 'none'
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
