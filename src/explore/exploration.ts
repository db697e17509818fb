import type { Iteration, Minimised } from './iteration.js'
import type { Profile } from './profile.js'
import type { Schedule } from './schedule.js'

/** Failures with the same signature are one bug. */
export interface FoundBug {
  signature: string
  /** Counts the bugs of a module, from 1. */
  number: number
  /** The first schedule in which it was found; minimised, if that is known. */
  schedule: Schedule
  /** Failed iterations. */
  times: number
  /** Later schedules with the same bug, to try if the first one does not fail again. */
  others: Schedule[]
  minimised?: Minimised
}

const maxOthers = 2

/** Whether the schedule, or its holds, made the module fail again. */
export function isReproduced({ repetitions }: Minimised): boolean {
  return repetitions > 0
}

/** What is known about a module that is explored: its iterations, and the bugs in them. */
export class Exploration {
  readonly bugs = new Map<string, FoundBug>()
  /** By seed. */
  readonly #iterations = new Map<number, Iteration>()
  readonly #orders = new Set<string>()
  #replays: { lease: string; iterations: Iteration[] } = { lease: '', iterations: [] }

  /**
   * Adds an iteration, unless it is known: a job that ran again elsewhere repeats iterations.
   * @param lease - of its attempt
   * @returns the bug, if it is new
   */
  add(iteration: Iteration, lease: string): FoundBug | undefined {
    if (iteration.purpose === 'replay') this.#addReplay(iteration, lease)
    if (iteration.purpose !== 'explore' || this.#iterations.has(iteration.seed)) return undefined
    this.#iterations.set(iteration.seed, iteration)
    this.#orders.add(iteration.order)
    const { schedule } = iteration
    if (iteration.verdict !== 'failed' || !schedule) return undefined
    const { signature } = schedule.error
    const known = this.bugs.get(signature)
    if (known) {
      known.times += 1
      if (known.others.length < maxOthers) known.others.push(schedule)
      return undefined
    }
    const bug = { signature, number: this.bugs.size + 1, schedule, times: 1, others: [] }
    this.bugs.set(signature, bug)
    return bug
  }

  /** If an attempt was lost, the next one replays all over again. */
  #addReplay(iteration: Iteration, lease: string): void {
    if (this.#replays.lease !== lease) this.#replays = { lease, iterations: [] }
    this.#replays.iterations.push(iteration)
  }

  /** Of `baton replay`. */
  get replays(): readonly Iteration[] {
    return this.#replays.iterations
  }

  /** @returns the bug, with its fewest holds if it was reproduced */
  minimise(minimised: Minimised): FoundBug {
    const { schedule } = minimised
    const { signature } = schedule.error
    const known = this.bugs.get(signature) ?? { signature, number: this.bugs.size + 1, schedule, times: 1, others: [] }
    const others = known.others.filter(other => other.trace.join('\n') !== schedule.trace.join('\n'))
    const bug = { ...known, ...(isReproduced(minimised) && { schedule }), others, minimised }
    this.bugs.set(signature, bug)
    return bug
  }

  /** What the first iteration showed about the size of the module. */
  get profile(): Profile | undefined {
    return this.#iterations.values().next().value?.profile
  }

  /** How often a page and its proxy did not agree in time. */
  get unbalanced(): number {
    return this.iterations.reduce((sum, { unbalanced }) => sum + unbalanced, 0)
  }

  /** How often a server answered later than the scheduler waits. */
  get slowServer(): number {
    return this.iterations.reduce((sum, { slowServer }) => sum + slowServer, 0)
  }

  has(seed: number): boolean {
    return this.#iterations.has(seed)
  }

  /** In the order in which they were reported. */
  get iterations(): Iteration[] {
    return [...this.#iterations.values()]
  }

  get size(): number {
    return this.#iterations.size
  }

  /** Different partial orders. */
  get orders(): number {
    return this.#orders.size
  }

  get failures(): number {
    return this.iterations.filter(({ verdict }) => verdict === 'failed').length
  }

  /** False once an iteration has run no branches at the same time: there is nothing to explore. */
  get hasBranches(): boolean {
    return this.#iterations.size === 0 || this.iterations.some(({ hadBranches }) => hadBranches)
  }
}

/**
 * The path of a bug's schedule below the folder of the report, with `/`.
 * @param module - as its listing has it
 */
export function scheduleFile(module: { id: string; file: string }, bug: FoundBug): string {
  const name = module.file.split('/').at(-1) ?? ''
  return `schedules/${name.replace(/\.\w+$/, '')}-${module.id}-${bug.number}.schedule.json`
}
