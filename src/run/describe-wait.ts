import { ownValue } from '../device/references.js'
import type { NeedState, RegisteredDevice } from '../lease/registry.js'
import { maximumMatching } from './selection/match-roles.js'

export interface WaitContext {
  /** The run whose modules wait. */
  run: string
  /** Milliseconds since the epoch, Redis's clock. */
  now: number
}

/** Devices that the text for a role names. */
const maxDevices = 3

/**
 * Describes for people what modules with these needs wait for, and who has it.
 * @returns role → its devices and what each is busy with, for each role that has no free device; empty if all have one
 */
export function describeWait(state: NeedState, context: WaitContext): Record<string, string> {
  const isFree = (device: RegisteredDevice): boolean =>
    device.state === 'idle' && !Object.hasOwn(state.refusals, device.name)
  const free = Object.entries(state.roles).map(([role, able]) => [role, able.filter(isFree).map(({ name }) => name)])
  const served = new Set(Object.keys(maximumMatching(Object.fromEntries(free) as Record<string, string[]>)))
  const missing = Object.entries(state.roles).filter(([role]) => !served.has(role))
  return Object.fromEntries(missing.map(([role, able]) => [role, describeDevices(able, state.refusals, context)]))
}

function describeDevices(
  able: readonly RegisteredDevice[],
  refusals: NeedState['refusals'],
  context: WaitContext,
): string {
  if (able.length === 0) return 'the farm has no such device'
  const shown = able.toSorted((a, b) => rank(a, refusals) - rank(b, refusals) || a.since - b.since)
  const texts = shown.slice(0, maxDevices).map(device => {
    const refusal = ownValue(refusals, device.name)
    return `${device.name} ${refusal === undefined ? describeDevice(device, context) : `refused its app (${refusal})`}`
  })
  const more = able.length - texts.length
  return [...texts, ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

/** Those that will be free soonest come first. */
function rank({ name, state }: RegisteredDevice, refusals: NeedState['refusals']): number {
  if (Object.hasOwn(refusals, name)) return 5
  return { idle: 0, leased: 1, checking: 2, offline: 3, quarantined: 4 }[state]
}

function describeDevice({ state, reason, lease }: RegisteredDevice, { run, now }: WaitContext): string {
  const because = reason === '' ? '' : ` (${reason})`
  if (state === 'idle') return 'is free, but another role needs it'
  if (state === 'leased') return lease ? describeLease(lease, run, now) : 'is in use'
  return `is ${state === 'checking' ? 'being checked' : state}${because}`
}

function describeLease(lease: NonNullable<RegisteredDevice['lease']>, run: string, now: number): string {
  const owner = lease.run === run ? 'this run' : `run ${lease.run}`
  const seconds = Math.max(0, Math.round((now - lease.since) / 1_000))
  return `is in use by ${lease.file || 'a module'} of ${owner} for ${seconds} s`
}
