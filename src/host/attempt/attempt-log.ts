import { eventPriority } from '../../event/event-priority.js'
import type { AttemptRef, RunEvent, RunEventBody } from '../../event/run-event.js'

/**
 * Appends events to the run's stream.
 * @returns how many of them the farm dropped because the run has too many; undefined if the lease is no longer held: nothing was appended
 */
export type AppendEvents = (events: RunEvent[]) => Promise<number | undefined>

/** One script call, which everybody else on the farm waits for. */
const maxInBatch = 1_000
/** Characters of a module's output that are kept, of one attempt: what loops and prints must not fill the farm's Redis. */
export const mostOutput = 10_000_000

/** Passes, branches, signals and output lines of one attempt that are kept: a test that loops must not fill the farm's Redis. */
export const maxDetails = 50_000

/**
 * The events of one attempt, on their way to the run's stream. They are sent in order, one batch at a time: what
 * comes in while a batch is under way makes up the next one. Nothing is appended once the lease is lost, nor after
 * `attempt:end`: where a module is stopped while its devices are looked at, their pictures come too late.
 */
export class AttemptLog {
  readonly #waiting: RunEvent[] = []
  #sending: Promise<void> | undefined
  #fenced = false
  #ended = false
  #failure: unknown
  #output = 0
  #details = 0
  #dropped = 0

  constructor(
    private readonly ref: AttemptRef,
    private readonly append: AppendEvents,
    private readonly mask: (event: RunEvent) => RunEvent,
  ) {}

  add(body: DistributiveOmit<Extract<RunEventBody, AttemptRef>, keyof AttemptRef>, at = Date.now()): void {
    if (this.#fenced || this.#ended) return
    this.#ended = body.type === 'attempt:end'
    if (body.type === 'log') {
      if (this.#output > mostOutput) return
      this.#output += body.text.length
      if (this.#output > mostOutput) body = { ...body, text: `… output beyond ${mostOutput / 1e6} MB is left out` }
    }
    const event = { ...body, ...this.ref, at } as RunEvent
    if (eventPriority(event) === 'detail' && (this.#details += 1) > maxDetails) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(this.mask(event))
    this.#sending ??= this.#send()
  }

  /** Resolves when all that was added is in the stream; true where it is all there. */
  async flush(): Promise<boolean> {
    await this.#sending
    if (this.#failure !== undefined) throw this.#failure
    return !this.#fenced
  }

  /** The end of the attempt goes alone, behind the number of events that were dropped by then. */
  #nextBatch(): RunEvent[] {
    const [first] = this.#waiting
    const others = this.#waiting.length - (this.#ended ? 1 : 0)
    if (first && others === 0) {
      this.#waiting.pop()
      if (this.#dropped === 0) return [first]
      return [{ type: 'events:dropped', count: this.#dropped, ...this.ref, at: first.at }, first]
    }
    return this.#waiting.splice(0, Math.min(maxInBatch, others))
  }

  async #send(): Promise<void> {
    try {
      // one microtask later, so that events of the same tick travel together
      await Promise.resolve()
      while (this.#waiting.length > 0) {
        const dropped = await this.append(this.#nextBatch())
        if (dropped === undefined) this.#fenced = true
        else this.#dropped += dropped
      }
    } catch (error) {
      this.#failure = error
    } finally {
      this.#sending = undefined
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
