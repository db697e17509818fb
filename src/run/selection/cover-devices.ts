import { ownValue } from '../../device/references.js'
import { selectorForName } from '../../device/selector.js'
import { matchRoles } from './match-roles.js'
import { defaultRole, resolveNeeds, type Candidate, type ResolvedNeeds, type StatedNeeds } from './resolve-needs.js'

/** `--every`: the devices that a run covers. */
export interface DeviceCoverage {
  /** Only devices with all of these. */
  labels: readonly string[]
  /** In modules with several roles, the one that every device takes; modules without it run once. */
  role?: string
}

/** The resolved needs of a module, for one of the devices that it covers. */
export interface CoveredNeeds extends ResolvedNeeds {
  device?: string
  /** Why that device is unavailable: the module is not run on it. */
  unavailable?: string
}

/**
 * Repeats a module for every device that can take its role.
 * @throws BatonErrors if no device can
 */
export function coverDevices(
  stated: StatedNeeds,
  on: readonly string[],
  farm: readonly Candidate[],
  { labels, role: wanted }: DeviceCoverage,
): CoveredNeeds[] {
  const role = spreadRole(stated, wanted)
  if (role === undefined) return [resolveNeeds(stated, on, farm)]
  const resolved = resolveNeeds(stated, on, farm, { role, labels })
  return farm.flatMap(({ name, unavailable }) => {
    const candidates = { ...resolved.candidates, [role]: [name] }
    if (!ownValue(resolved.candidates, role)?.includes(name) || !matchRoles(candidates)) return []
    const needs = { ...resolved.needs, [role]: selectorForName(name) }
    return [{ ...resolved, needs, candidates, device: name, ...(unavailable !== undefined && { unavailable }) }]
  })
}

/** The role that each device takes in turn; undefined if the module runs once. */
function spreadRole({ needs }: StatedNeeds, wanted: string | undefined): string | undefined {
  const [only = defaultRole, ...others] = Object.keys(needs)
  if (others.length === 0) return only
  return wanted !== undefined && Object.hasOwn(needs, wanted) ? wanted : undefined
}
