import { countOf } from '../../error/closest-name.js'
import { foreignText, type FoundFarm } from '../../run/warm-farm/choose-farm.js'
import type { ReachedFarm } from '../../run/warm-farm/find-farm.js'

/** What the next run finds changed, as far as that is known. */
export interface Outdated {
  changed: readonly string[]
  /** Why the devices file can't be used. */
  problem?: string
}

export function outdatedText({ changed, problem }: Outdated): string {
  if (problem !== undefined) return `changed since: ${changed.join(', ')} (${problem})\n`
  return changed.length === 0 ? '' : `changed since: ${changed.join(', ')}; the next run replaces it\n`
}

export function describeState(found: FoundFarm, reached: ReachedFarm | undefined): string {
  if (reached) return describeFarm(reached)
  switch (found.state) {
    case 'none':
      return 'no warm farm is running in this folder'
    case 'changing':
      return `process ${found.pid} is starting or ending the farm`
    case 'died':
      return `the farm (process ${found.pid}) has died; its log: .baton/farm.log`
    case 'foreign':
      return foreignText(found)
    case 'silent':
    case 'running':
  }
  return `the farm (process ${found.pid}) does not answer`
}

export function describeFarm({ record, status }: ReachedFarm): string {
  const { pid, since, idleMs, redisUrl } = record
  const devices = status.devices.map(({ name, state, reason }) => `  ${name}  ${state}${reason && ` (${reason})`}`)
  const servers = status.servers.map(({ name, url }) => `  ${name}  ${url}`)
  const idle =
    status.idleMs === undefined ? `used by ${countOf(status.users, 'command')}` : idleText(status.idleMs, idleMs)
  return [
    `the farm is warm: process ${pid}, since ${since}`,
    `${idle}${status.isLeaving ? '; it is about to end' : ''}`,
    'devices:',
    ...devices,
    ...(servers.length > 0 ? ['servers:', ...servers] : []),
    `socket: ${redisUrl}`,
    'log: .baton/farm.log',
  ].join('\n')
}

function idleText(idleMs: number, limitMs: number): string {
  return `idle for ${seconds(idleMs)}; it ends after ${seconds(limitMs)} without a run`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

export function jsonOf(state: string, reached: ReachedFarm | undefined, outdated: readonly string[]): object {
  if (!reached) return { state }
  const { pid, since, idleMs: idleTimeoutMs, redisUrl: socket } = reached.record
  const { users, isLeaving, idleMs, devices, servers } = reached.status
  return {
    state,
    pid,
    since,
    users,
    isLeaving,
    idleMs,
    idleTimeoutMs,
    socket,
    devices,
    servers,
    changed: outdated,
  }
}
