import { parseLabels } from '../device/on-labels.js'
import { labelsOfSelector, matchesSelector, selectorForLabels, type Selector } from '../device/selector.js'
import type { RegisteredHost } from '../lease/farm-hosts.js'
import type { RegisteredDevice } from '../lease/registry.js'

/** What a farm must have before a run starts: hosts, or devices that match a selector. */
export interface FarmRequirement {
  count: number
  /** Of devices; absent: hosts are counted. */
  selector?: Selector
}

/** How far a requirement is met. */
export interface Shortage {
  requirement: FarmRequirement
  /** Names of the hosts or devices that are there. */
  present: string[]
  /** How many are missing; 0 if it is met. */
  missing: number
  /** Devices that match but can't be used, and why; those of hosts that are gone are not among them. */
  unusable: string[]
}

/**
 * Parses `5` (hosts), `platform=android:8` (devices with all of these labels) or `tablet` (one device).
 * @returns undefined if it is not one of these
 * @throws BatonErrors BATON_USAGE if a label is invalid
 */
export function parseRequirement(text: string): FarmRequirement | undefined {
  if (/^\d+$/.test(text)) return countOf(text, {})
  const [, labels = text, count = '1'] = /^(.*):(\d+)$/.exec(text) ?? []
  if (labels === '') return undefined
  return countOf(count, { selector: selectorForLabels(parseLabels(labels, '--wait-for')) })
}

function countOf(digits: string, of: Pick<FarmRequirement, 'selector'>): FarmRequirement | undefined {
  const count = Number(digits)
  return count >= 1 && count <= 100_000 ? { count, ...of } : undefined
}

/** `5 hosts`, `8 devices with platform=android`. */
export function formatRequirement({ count, selector }: FarmRequirement): string {
  const counted = (noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
  if (selector === undefined) return counted('host')
  return `${counted('device')} with ${labelsOfSelector(selector).join(' and ')}`
}

/** A device that is being checked may turn out not to work, so it is not there yet. */
const usableStates: ReadonlySet<string> = new Set(['idle', 'leased'])

export function shortageOf(requirement: FarmRequirement, hosts: readonly RegisteredHost[]): Shortage {
  const serving = hosts.filter(({ state }) => state === 'serving')
  if (requirement.selector === undefined) {
    const present = serving.map(({ name }) => name)
    return { requirement, present, missing: Math.max(0, requirement.count - present.length), unusable: [] }
  }
  const matching = serving.flatMap(({ devices }) => devices.filter(device => matches(device, requirement)))
  const present = matching.filter(({ state }) => usableStates.has(state)).map(({ name }) => name)
  const unusable = matching
    .filter(({ state }) => !usableStates.has(state))
    .map(({ name, host, state, reason }) => `${name} of host ${host} is ${state}${reason && ` (${reason})`}`)
  return { requirement, present, missing: Math.max(0, requirement.count - present.length), unusable }
}

export function matches(device: RegisteredDevice, { selector }: FarmRequirement): boolean {
  return selector !== undefined && matchesSelector(new Set(device.labels), selector)
}
