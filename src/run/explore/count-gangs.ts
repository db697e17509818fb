import { matchRoles } from '../selection/match-roles.js'

/**
 * How often the devices of a farm can serve a module at the same time.
 * @param candidates - role → names of the devices that could take it
 */
export function countGangs(candidates: Readonly<Record<string, readonly string[]>>): number {
  let free = candidates
  for (let count = 0; ; count++) {
    const match = matchRoles(free)
    const used = new Set(Object.values(match ?? {}))
    if (used.size === 0) return count
    free = Object.fromEntries(
      Object.entries(free).map(([role, devices]) => [role, devices.filter(device => !used.has(device))]),
    )
  }
}
