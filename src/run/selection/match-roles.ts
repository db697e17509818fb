import { ownValue } from '../../device/references.js'
type Candidates = Readonly<Record<string, readonly string[]>>

/**
 * Assigns devices to as many roles as possible, each device to one role: a maximum matching by augmenting paths (Kuhn's
 * algorithm).
 * @param candidates - role → names of the devices that could take it
 * @returns role → device
 */
export function maximumMatching(candidates: Candidates): Record<string, string> {
  const owners = new Map<string, string>()
  const place = (role: string, tried: Set<string>): boolean => {
    for (const device of ownValue(candidates, role) ?? []) {
      if (tried.has(device)) continue
      tried.add(device)
      const owner = owners.get(device)
      if (owner === undefined || place(owner, tried)) {
        owners.set(device, role)
        return true
      }
    }
    return false
  }
  for (const role of Object.keys(candidates)) place(role, new Set())
  return Object.fromEntries([...owners].map(([device, role]) => [role, device]))
}

/** @returns role → device, or undefined if not all roles can have a device at once */
export function matchRoles(candidates: Candidates): Record<string, string> | undefined {
  const match = maximumMatching(candidates)
  return Object.keys(match).length === Object.keys(candidates).length ? match : undefined
}
