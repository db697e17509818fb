import { maximumMatching, matchRoles } from './selection/match-roles.js'

/** What a forecast needs to know about a module. */
export interface ForecastModule {
  id: string
  /** role → names of the devices that could take it. */
  candidates: Readonly<Record<string, readonly string[]>>
  ms: number
  /** Ids of modules that must end first. */
  after?: readonly string[]
}

export interface ForecastSlot {
  startMs: number
  endMs: number
  /** role → device */
  devices: Readonly<Record<string, string>>
}

export interface Forecast {
  /** When the last module ends, counted from the first one's start. */
  endMs: number
  /** By module; modules that can't start on these devices have none. */
  slots: ReadonlyMap<string, ForecastSlot>
}

/** Modules with equal needs wait in one queue. */
interface NeedGroup {
  candidates: ForecastModule['candidates']
  waiting: ForecastModule[]
  /** Grows with each grant: least recently served goes first. */
  served: number
}

/**
 * When each module will run on which devices, if all take as long as expected. It simulates the rules of the farm: kinds of needs
 * take turns, each gets all its devices or none, and the first that has to wait reserves those of its devices that are
 * free.
 * @param modules - in the order in which they are queued
 * @param devices - that are available
 */
export function forecastRun(modules: readonly ForecastModule[], devices: readonly string[]): Forecast {
  const play = new Simulation(modules, devices)
  do play.grant()
  while (play.advance())
  return { endMs: play.now, slots: play.slots }
}

class Simulation {
  readonly slots = new Map<string, ForecastSlot>()
  now = 0
  readonly #devices: ReadonlySet<string>
  readonly #free: Set<string>
  readonly #kinds: NeedGroup[]
  #running: ForecastSlot[] = []
  #grants = 0

  constructor(modules: readonly ForecastModule[], devices: readonly string[]) {
    this.#devices = new Set(devices)
    this.#free = new Set(devices)
    this.#kinds = kindsOf(modules)
  }

  /** One for each kind in a round, so that none waits behind another's whole queue. */
  grant(): void {
    const held = new Set<string>()
    let open = this.#kinds.filter(({ waiting }) => waiting.length > 0).toSorted((a, b) => a.served - b.served)
    while (open.length > 0 && this.#free.size > held.size) open = open.filter(kind => this.#serve(kind, held))
  }

  /** Advances to the next end of a module. @returns false if nothing runs */
  advance(): boolean {
    if (this.#running.length === 0) return false
    this.now = Math.min(...this.#running.map(({ endMs }) => endMs))
    for (const { endMs, devices } of this.#running) {
      if (endMs <= this.now) for (const device of Object.values(devices)) this.#free.add(device)
    }
    this.#running = this.#running.filter(({ endMs }) => endMs > this.now)
    return true
  }

  /** @param held - devices reserved in this round; a kind that can't be served yet may add to them */
  #serve(kind: NeedGroup, held: Set<string>): boolean {
    const next = kind.waiting.findIndex(({ after = [] }) => after.every(id => this.#hasEnded(id)))
    const module = kind.waiting[next]
    if (!module) return false
    const usable = narrowed(kind.candidates, device => this.#free.has(device) && !held.has(device))
    const devices = matchRoles(usable)
    if (!devices) {
      const feasible = matchRoles(narrowed(kind.candidates, device => this.#devices.has(device)))
      if (held.size === 0 && feasible) for (const device of Object.values(maximumMatching(usable))) held.add(device)
      return false
    }
    kind.waiting.splice(next, 1)
    kind.served = ++this.#grants
    const turn = { startMs: this.now, endMs: this.now + module.ms, devices }
    this.slots.set(module.id, turn)
    this.#running.push(turn)
    for (const device of Object.values(devices)) this.#free.delete(device)
    return true
  }

  #hasEnded(id: string): boolean {
    return (this.slots.get(id)?.endMs ?? Infinity) <= this.now
  }
}

function kindsOf(modules: readonly ForecastModule[]): NeedGroup[] {
  const kinds = new Map<string, NeedGroup>()
  for (const module of modules) {
    const key = JSON.stringify(module.candidates)
    const kind = kinds.get(key) ?? { candidates: module.candidates, waiting: [], served: 0 }
    kind.waiting.push(module)
    kinds.set(key, kind)
  }
  return [...kinds.values()]
}

function narrowed(
  candidates: ForecastModule['candidates'],
  fits: (device: string) => boolean,
): Record<string, string[]> {
  return Object.fromEntries(Object.entries(candidates).map(([role, able]) => [role, able.filter(fits)]))
}
