import path from 'node:path'
import { optionFacts, variableFact, type FarmFacts } from './farm-facts.js'

/** What a project has in the way of a warm farm. */
export type FoundFarm =
  | { state: 'none' }
  /** Another process is starting or ending one. */
  | { state: 'changing'; pid: number }
  /** Its process is gone, and did not shut down cleanly. */
  | { state: 'died'; pid: number; facts: FarmFacts }
  /** It can't be used from here: it belongs to another user, machine, container or folder. */
  | { state: 'foreign'; why: string; isRemovable: boolean }
  /** Its process is there, but does not answer: it hangs, or belongs to another version of Baton. */
  | { state: 'silent'; pid: number }
  | RunningFarm

export interface RunningFarm {
  state: 'running'
  pid: number
  facts: FarmFacts
  /** Commands that use it now. */
  users: number
  /** It accepts no more commands. */
  isLeaving: boolean
  /** Why it can't serve as a new farm would, e.g. that a device is quarantined. */
  faults: readonly string[]
  /** What it has that only one farm at a time can have, such as `the phones`. */
  exclusive: readonly string[]
}

export interface WantedFarm {
  facts: FarmFacts
  /** What it needs that only one farm at a time can have. */
  exclusive: readonly string[]
  /** A farm that is started now stays after the command. */
  keepsWarm: boolean
  /** Why this command needs a private farm. */
  needsOwn?: string | undefined
}

/** `note` is for the user, who expected a warm farm. */
export type FarmChoice =
  | { do: 'use' }
  | { do: 'wait'; note: string }
  /** Start one that stays. */
  | { do: 'start'; note?: string }
  /** End the one that is there, and start another one that stays. */
  | { do: 'replace'; note: string }
  /** Start one for this command alone. The one that is there ends now, later when nobody uses it, or not because of that. */
  | { do: 'cold'; note?: string; ends?: 'now' | 'later' }

const ownFarm = 'starting a private farm for this run'

/** Decides which farm a command uses. Pure. */
export function chooseFarm(found: FoundFarm, wanted: WantedFarm): FarmChoice {
  switch (found.state) {
    case 'none':
      return wanted.needsOwn === undefined && wanted.keepsWarm ? { do: 'start' } : { do: 'cold' }
    case 'changing':
      if (wanted.needsOwn !== undefined) return { do: 'cold', note: `${wanted.needsOwn}: ${ownFarm}` }
      return { do: 'wait', note: `process ${found.pid} is starting or ending the warm farm: waiting for it` }
    case 'died':
      return afterDeath(found, wanted)
    case 'silent':
      if (wanted.needsOwn !== undefined) return { do: 'cold', note: `${wanted.needsOwn}: ${ownFarm}` }
      return { do: 'replace', note: `the warm farm (process ${found.pid}) does not answer: it is replaced` }
    case 'foreign':
      return { do: 'cold', note: `${foreignText(found)}: ${ownFarm}` }
    case 'running':
  }
  return chooseRunning(found, wanted)
}

/** @returns why it can't be used, and what the user can do */
export function foreignText({ why, isRemovable }: Extract<FoundFarm, { state: 'foreign' }>): string {
  const hint = isRemovable ? ' (if it no longer runs there, baton farm stop --now removes its record)' : ''
  return `the warm farm of this folder ${why}${hint}`
}

/** A farm that was kept warm is started again, as one that is out of date is replaced. */
function afterDeath(
  { pid, facts: before }: Extract<FoundFarm, { state: 'died' }>,
  { facts, keepsWarm, needsOwn }: WantedFarm,
): FarmChoice {
  const died = (log: string): string => `the warm farm (process ${pid}) has died (its log: .baton/${log})`
  const isSame = !differences(before, facts).some(name => optionFacts.includes(name))
  return needsOwn === undefined && (keepsWarm || isSame)
    ? { do: 'start', note: `${died('farm.previous.log')}: starting another one` }
    : { do: 'cold', note: `${died('farm.log')}: ${ownFarm}` }
}

function chooseRunning(found: RunningFarm, { facts, exclusive, needsOwn }: WantedFarm): FarmChoice {
  const changes = differences(found.facts, facts)
  const options = changes.filter(name => optionFacts.includes(name))
  const reason =
    needsOwn ?? (options.length > 0 ? `the warm farm was started with a different ${options.join(' and ')}` : undefined)
  if (reason !== undefined) {
    const shared = exclusive.filter(each => found.exclusive.includes(each))
    if (shared.length > 0 && found.users === 0) {
      const note = `${reason}, and only one farm can use ${shared.join(' and ')}: stopping the warm farm and ${ownFarm}`
      return { do: 'cold', ends: 'now', note }
    }
    return { do: 'cold', note: `${reason}: ${ownFarm}` }
  }
  if (found.isLeaving) {
    return found.users === 0
      ? { do: 'wait', note: `the warm farm (process ${found.pid}) is ending: waiting for it` }
      : { do: 'cold', note: `the warm farm is about to end: ${ownFarm}` }
  }
  const faults = [...changes.map(name => `${name} has changed`), ...found.faults]
  if (faults.length === 0) return { do: 'use' }
  const why = listed(faults)
  if (found.users === 0) return { do: 'replace', note: `${why}: the warm farm is replaced` }
  return { do: 'cold', ends: 'later', note: `${why}, and another command still uses the warm farm: ${ownFarm}` }
}

/** @returns names of facts that differ, or that only one of the two has; no variable of the devices file if the file differs */
export function differences(one: FarmFacts, other: FarmFacts): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  const differing = [...names].filter(name => (Object.hasOwn(one, name) ? one[name] : undefined) !== other[name])
  const file = path.basename(one['--devices'] ?? '')
  const hasFileChanged = differing.some(name => path.basename(name) === file)
  return hasFileChanged ? differing.filter(name => name !== variableFact) : differing
}

const maxListed = 3

function listed(texts: readonly string[]): string {
  const more = texts.length - maxListed
  return [...texts.slice(0, maxListed), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
