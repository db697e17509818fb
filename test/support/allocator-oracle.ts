/**
 * The allocator as a pure function, to test the Lua against. It shares no code with it: it finds matchings by trying everything
 * on whole candidate lists, while the Lua uses Kuhn's algorithm on shortened ones.
 */
export interface OracleNeed {
  id: string
  /** role, selector; in the order in which the farm has them */
  roles: readonly (readonly [role: string, selector: string])[]
  /** Waiting modules that are not promised to a lease. */
  demand: number
  /** For each of them in turn: devices to take only if no other is free. Default: none. */
  avoid?: readonly ReadonlySet<string>[]
  /** Whether the devices that are online, and have been idle since they came, could serve it if all were idle. */
  feasible: boolean
}

export interface OracleFarm {
  /** Least recently served first. */
  needs: readonly OracleNeed[]
  /** selector → free devices that satisfy it, best first */
  candidates: ReadonlyMap<string, readonly string[]>
  free: readonly string[]
}

export interface OracleDecision {
  /** Needs granted, in order, and the devices that each could get at that moment. */
  grants: { need: string; devices: Record<string, string> }[]
  /** The gang that holds back devices, and which. */
  reservation?: { need: string; devices: string[] }
}

/** The allocator's own choice: the oracle follows it if it is valid, and fails otherwise. */
export type Choose = (
  need: OracleNeed,
  kind: 'grant' | 'reserve',
  usable: ReadonlySet<string>,
  size: number,
) => Record<string, string>

/**
 * Walks the needs in fairness order, one grant for each in a round, until nothing more can be granted.
 * @param choose - names the devices for a grant (all roles) or a reservation (as many as can be matched)
 */
export function decide(farm: OracleFarm, choose: Choose): OracleDecision {
  const free = new Set(farm.free)
  const reserved = new Set<string>()
  const demand = new Map(farm.needs.map(need => [need.id, need.demand]))
  const blocked = new Set<string>()
  const decision: OracleDecision = { grants: [] }

  const visit = (need: OracleNeed): boolean => {
    if ((demand.get(need.id) ?? 0) <= 0) return false
    const usable = new Set([...free].filter(device => !reserved.has(device)))
    const size = largestMatching(need, farm.candidates, usable)
    if (size === need.roles.length) {
      const devices = choose(need, 'grant', usable, size)
      const nth = need.demand - (demand.get(need.id) ?? 0)
      assertBestFirst(need, devices, byPreference(farm.candidates, need.avoid?.[nth]), usable)
      for (const device of Object.values(devices)) free.delete(device)
      demand.set(need.id, (demand.get(need.id) ?? 0) - 1)
      decision.grants.push({ need: need.id, devices })
      return true
    }
    if (need.roles.length > 1 && !decision.reservation && need.feasible) {
      const devices = Object.values(choose(need, 'reserve', usable, size))
      for (const device of devices) reserved.add(device)
      decision.reservation = { need: need.id, devices }
    }
    return false
  }

  for (let progress = true; progress;) {
    progress = false
    for (const need of farm.needs) {
      if (free.size - reserved.size <= 0) return decision
      if (blocked.has(need.id)) continue
      if (visit(need)) progress = true
      else blocked.add(need.id)
    }
  }
  return decision
}

/** Each selector's candidates, those to avoid last. */
function byPreference(candidates: OracleFarm['candidates'], avoid?: ReadonlySet<string>): OracleFarm['candidates'] {
  if (!avoid?.size) return candidates
  return new Map(
    [...candidates].map(([selector, devices]) => [
      selector,
      [...devices.filter(device => !avoid.has(device)), ...devices.filter(device => avoid.has(device))],
    ]),
  )
}

/** @throws if a role got a device although a better one for it stays free */
function assertBestFirst(
  need: Pick<OracleNeed, 'id' | 'roles'>,
  devices: Readonly<Record<string, string>>,
  candidates: OracleFarm['candidates'],
  usable: ReadonlySet<string>,
): void {
  const chosen = new Set(Object.values(devices))
  for (const [role, selector] of need.roles) {
    const list = candidates.get(selector) ?? []
    const better = list.slice(0, list.indexOf(devices[role] ?? '')).find(one => usable.has(one) && !chosen.has(one))
    if (better !== undefined)
      throw new Error(`${need.id}: ${role} got ${devices[role]}, but ${better} comes first of ${list.join()}`)
  }
}

/** The largest number of roles that distinct usable devices can take, by trying everything. */
export function largestMatching(
  need: Pick<OracleNeed, 'roles'>,
  candidates: ReadonlyMap<string, readonly string[]>,
  usable: ReadonlySet<string>,
): number {
  const used = new Set<string>()
  const from = (index: number): number => {
    const role = need.roles[index]
    if (!role) return 0
    let best = from(index + 1)
    for (const device of candidates.get(role[1]) ?? []) {
      if (!usable.has(device) || used.has(device)) continue
      if (best === need.roles.length - index) break
      used.add(device)
      best = Math.max(best, 1 + from(index + 1))
      used.delete(device)
    }
    return best
  }
  return from(0)
}

/** Whether a choice gives distinct usable devices to `size` roles, each one that satisfies its role's selector. */
export function isMatching(
  need: Pick<OracleNeed, 'roles'>,
  devices: Readonly<Record<string, string>>,
  candidates: ReadonlyMap<string, readonly string[]>,
  usable: ReadonlySet<string>,
  size: number,
): boolean {
  const entries = Object.entries(devices)
  if (entries.length !== size || new Set(Object.values(devices)).size !== size) return false
  return entries.every(([role, device]) => {
    const selector = need.roles.find(([name]) => name === role)?.[1]
    return selector !== undefined && usable.has(device) && (candidates.get(selector) ?? []).includes(device)
  })
}

/** Which role each reserved device is held for: any way that works. */
export function matchUp(
  need: OracleNeed,
  devices: readonly string[],
  candidates: ReadonlyMap<string, readonly string[]>,
): Record<string, string> {
  const [first, ...rest] = devices
  if (first === undefined) return {}
  for (const [role, selector] of need.roles) {
    if (!(candidates.get(selector) ?? []).includes(first)) continue
    const others = matchUp({ ...need, roles: need.roles.filter(([name]) => name !== role) }, rest, candidates)
    if (Object.keys(others).length === rest.length) return { ...others, [role]: first }
  }
  return {}
}
