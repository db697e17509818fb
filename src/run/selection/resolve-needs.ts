import { ownValue } from '../../device/references.js'
import {
  alternativesOf,
  anyDevice,
  selectorForLabels,
  anyOf,
  formatSelector,
  labelsOfSelector,
  matchesSelector,
  type Selector,
  type Needs,
} from '../../device/selector.js'
import { BatonError, BatonErrors, type SourceLocation } from '../../error/baton-error.js'
import { closestName } from '../../error/closest-name.js'
import { matchRoles } from './match-roles.js'

/** The role of the device of a module that never calls useDevice. */
export const defaultRole = 'device'

/** The needs of a module, as its code states them. */
export interface StatedNeeds {
  file: string
  /** role → selector; empty if the module never calls useDevice. */
  needs: Needs
  firstRole: string | undefined
  /** role → the line that asked for it. */
  places: Record<string, SourceLocation>
  /** Where devices are named at run time, if the module therefore gets all devices. */
  computedAt?: SourceLocation
  /** role → the place of its backup in the plan. */
  backupPlaces?: Record<string, SourceLocation>
  /** The labels with which a plan narrows its roles, and their place. */
  narrowed?: { by: readonly string[]; place: SourceLocation }
}

/** A device that a role may get, with all its labels, `name=…` and `platform=…` included. */
export interface Candidate {
  name: string
  labels: ReadonlySet<string>
  /** Why it is unavailable now: offline, quarantined, not plugged in. */
  unavailable?: string
  /** Present if its host has not checked it yet: keys of the labels that its driver may still find, such as `model`. */
  mayFind?: readonly string[]
}

/** Whether a device has the labels of a selector; for an unchecked device, whether it could have them. */
function canMatch({ labels, mayFind }: Candidate, selector: Selector): boolean {
  if (!mayFind) return matchesSelector(labels, selector)
  const mayHave = (label: string): boolean => labels.has(label) || mayFind.some(key => label.startsWith(`${key}=`))
  return alternativesOf(selector).some(one => labelsOfSelector(one).every(mayHave))
}

/** A role that every device takes in turn. */
interface SpreadRole {
  role: string
  /** Narrow it in addition to `--on`. */
  labels: readonly string[]
}

export interface ResolvedNeeds {
  needs: Needs
  firstRole: string
  /** role → names of the devices that could take it. */
  candidates: Record<string, string[]>
}

/**
 * Completes a module's needs with `--on` and checks that the farm could ever serve them.
 * @param on - labels that narrow every role with a selector by label
 * @param farm - every registered device, offline ones included
 * @param spread - set if the module runs on each device that can take a role: platforms may then differ
 * @throws BatonErrors BATON_NEEDS_IMPOSSIBLE or BATON_NEEDS_MIXED, at the lines that state the needs
 */
export function resolveNeeds(
  stated: StatedNeeds,
  on: readonly string[],
  farm: readonly Candidate[],
  spread?: SpreadRole,
): ResolvedNeeds {
  const needs = completeNeeds(stated.needs, role => (role === spread?.role ? [...on, ...spread.labels] : on))
  const firstRole = stated.firstRole ?? defaultRole
  const candidates = Object.fromEntries(
    Object.entries(needs).map(([role, selector]) => [role, devicesMatching(selector, farm)]),
  )
  const errors = Object.entries(needs).flatMap(([role, selector]) =>
    alternativesOf(selector).flatMap((one, index) =>
      farm.some(device => canMatch(device, one)) ? [] : [noDeviceFor({ role, selector: one, index }, stated, farm)],
    ),
  )
  if (errors.length > 0) throw new BatonErrors(errors)
  if (stated.firstRole === undefined && !spread) assertOnePlatform(stated.file, candidates[defaultRole] ?? [], farm)
  // Preferred devices, not backups: otherwise a module could wait for a device that another of its roles has.
  const preferred = Object.fromEntries(
    Object.entries(needs).map(([role, selector]) => [role, devicesMatching(preferredOf(selector), farm)]),
  )
  if (!matchRoles(preferred)) throw new BatonErrors([tooFewDevices(stated, preferred)])
  return { needs, firstRole, candidates }
}

function devicesMatching(selector: Selector, farm: readonly Candidate[]): string[] {
  return farm.filter(device => canMatch(device, selector)).map(device => device.name)
}

function preferredOf(selector: Selector): Selector {
  return alternativesOf(selector)[0] ?? anyDevice
}

function completeNeeds(stated: Needs, narrowedBy: (role: string) => readonly string[]): Needs {
  const needs = Object.keys(stated).length === 0 ? { [defaultRole]: anyDevice } : stated
  return Object.fromEntries(
    Object.entries(needs).map(([role, selector]) => [
      role,
      anyOf(alternativesOf(selector).map(one => narrow(one, narrowedBy(role)))),
    ]),
  )
}

function narrow(selector: Selector, on: readonly string[]): Selector {
  const labels = labelsOfSelector(selector)
  return labels.some(label => label.startsWith('name=')) ? selector : selectorForLabels([...labels, ...on])
}

/** An alternative that no device matches, which is likely a mistake. */
interface Unmet {
  role: string
  selector: Selector
  /** Of the alternatives of the role's selector. */
  index: number
}

function noDeviceFor({ role, selector, index }: Unmet, stated: StatedNeeds, farm: readonly Candidate[]): BatonError {
  const backup = index > 0 ? ownValue(stated.backupPlaces, role) : undefined
  const place = backup ?? ownValue(stated.places, role) ?? { file: stated.file }
  const names = farm.map(device => device.name)
  const name = labelsOfSelector(selector)
    .find(label => label.startsWith('name='))
    ?.slice('name='.length)
  if (name !== undefined) {
    return new BatonError(
      'BATON_NEEDS_IMPOSSIBLE',
      `role '${role}' asks for the device '${name}', which the farm does not have (known: ${names.join(', ')}).`,
      {
        place,
        hint: `${meant(name, names)}A role that any of several devices may take needs labels: export const devices = { ${role}: ['…'] }`,
      },
    )
  }
  const { narrowed } = stated
  if (narrowed && !farm.some(device => canMatch(device, selectorForLabels(narrowed.by)))) {
    const message = `"on" asks for ${formatSelector(selectorForLabels(narrowed.by))}; no device of the farm matches.`
    const hint = unknownLabelHint(narrowed.by, farm)
    return new BatonError('BATON_NEEDS_IMPOSSIBLE', message, { place: narrowed.place, hint })
  }
  // The role of a module that names no device is not in its code.
  const subject = stated.firstRole === undefined ? 'it needs' : `role '${role}' asks for`
  const written = alternativesOf(ownValue(stated.needs, role) ?? anyDevice)[index] ?? anyDevice
  const added = labelsOfSelector(selector).filter(label => !labelsOfSelector(written).includes(label))
  const onTop = added.length > 0 ? ` (${added.join(', ')} by --on, "on" or --every)` : ''
  return new BatonError(
    'BATON_NEEDS_IMPOSSIBLE',
    `${subject} ${formatSelector(selector)}${onTop}; no device of the farm matches.`,
    {
      place,
      hint: unknownLabelHint(labelsOfSelector(selector), farm),
    },
  )
}

/** A hint with the label that no device has, and those that devices have. */
function unknownLabelHint(labels: readonly string[], farm: readonly Candidate[]): string {
  const unknown = labels.find(label => !farm.some(device => canMatch(device, selectorForLabels([label]))))
  if (unknown === undefined) return 'remove a label: each of them exists, but no device has all'
  const known = [...new Set(farm.flatMap(device => [...device.labels]))]
    .filter(label => !label.startsWith('name='))
    .toSorted()
  return `${meant(unknown, known)}No device has '${unknown}' (known: ${known.join(', ')})`
}

function meant(found: string, known: readonly string[]): string {
  const near = closestName(found, known)
  return near === undefined ? '' : `did you mean '${near}'? `
}

function tooFewDevices(stated: StatedNeeds, candidates: Record<string, string[]>): BatonError {
  const wanted = Object.entries(candidates).map(([role, able]) => `${role} ← ${able.join(' | ')}`)
  return new BatonError(
    'BATON_NEEDS_IMPOSSIBLE',
    `its ${wanted.length} roles need as many different devices, but the farm has too few that match (${wanted.join('; ')}).`,
    {
      place: Object.values(stated.places)[0] ?? { file: stated.file },
      hint: 'add devices to the farm, or use fewer roles in the module',
    },
  )
}

function assertOnePlatform(file: string, able: readonly string[], farm: readonly Candidate[]): void {
  // Once its labels are known, a device may be left out.
  if (farm.some(device => device.mayFind)) return
  const platformOf = (name: string): string[] =>
    [...(farm.find(device => device.name === name)?.labels ?? [])].filter(label => label.startsWith('platform='))
  const platforms = [...new Set(able.flatMap(platformOf))].toSorted()
  if (platforms.length < 2) return
  const message = `names no device, and matches ${able.length} devices of ${platforms.length} platforms.`
  const hint = `choose one: --on ${platforms[0]}, or "on" in devices.json, or export const devices = { ${defaultRole}: ['${platforms[0]}'] }`
  throw new BatonErrors([new BatonError('BATON_NEEDS_MIXED', message, { place: { file }, hint })])
}
