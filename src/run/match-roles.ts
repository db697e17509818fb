/**
 * Finds a device for each role so that no device has two, or says that there is none: a maximum matching of roles and
 * devices by augmenting paths (Kuhn's algorithm).
 * @param candidates - role → names of the devices that could take it
 * @returns role → device, or undefined where not all roles can be served at once
 */
export function matchRoles(
  candidates: Readonly<Record<string, readonly string[]>>,
): Record<string, string> | undefined {
  const owners = new Map<string, string>()
  const place = (role: string, tried: Set<string>): boolean => {
    for (const device of candidates[role] ?? []) {
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
  if (!Object.keys(candidates).every(role => place(role, new Set()))) return undefined
  return Object.fromEntries([...owners].map(([device, role]) => [role, device]))
}
