import { eventPriority } from '../../event/event-priority.js'
import type { AttemptRef, ErrorRecord, RunEvent, RunEventBody } from '../../event/run-event.js'

/**
 * Appends events to the run's stream.
 * @returns how many of them the farm dropped because the run has too many; undefined if the lease is over and nothing was appended
 */
export type AppendEvents = (events: RunEvent[]) => Promise<number | undefined>

/** Events in one script call, during which the rest of the farm waits. */
const maxInBatch = 1_000
/** Characters of output that one attempt may send: a test that prints in a loop must not fill the farm's Redis. */
export const maxOutput = 10_000_000

/** Characters that each line costs in addition: the rest of its event. */
export const lineOverhead = 250

/** Passes, branches, signals and output lines that one attempt may send: a test that loops must not fill the farm's Redis. */
export const maxDetails = 50_000

/** Failed tests that one attempt may send. Its counts are always complete. */
export const maxFailures = 20_000

/** Characters of errors that one attempt may send in full. */
export const maxErrorText = 20_000_000

/** Characters of a message that are kept after that. */
const briefMessage = 200

/**
 * The events of one attempt, on their way to the run's stream. They are sent in order, one batch at a time: events that
 * arrive while a batch is sent form the next one. Nothing is appended once the lease is lost, nor after `attempt:end`: if a
 * module is stopped while artifacts are collected, they come too late.
 */
export class AttemptLog {
  readonly #waiting: RunEvent[] = []
  #sending: Promise<void> | undefined
  #leaseLost = false
  #ended = false
  #failure: unknown
  #output = 0
  #details = 0
  #failures = 0
  #errorText = 0
  #dropped = 0

  constructor(
    private readonly ref: AttemptRef,
    private readonly append: AppendEvents,
    private readonly mask: (event: RunEvent) => RunEvent,
  ) {}

  add(body: DistributiveOmit<Extract<RunEventBody, AttemptRef>, keyof AttemptRef>, at = Date.now()): void {
    if (this.#leaseLost || this.#ended) return
    this.#ended = body.type === 'attempt:end'
    if (body.type === 'log') {
      if (this.#output > maxOutput) return
      this.#output += body.text.length + lineOverhead
      if (this.#output > maxOutput) body = { ...body, text: `… output beyond ${maxOutput / 1e6} MB is left out` }
    }
    if (body.type === 'test:end' && body.error) body = { ...body, error: this.#limit(body.error) }
    const event = { ...body, ...this.ref, at } as RunEvent
    if (this.#isTooMany(event)) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(this.mask(event))
    this.#sending ??= this.#send()
  }

  #isTooMany(event: RunEvent): boolean {
    if (event.type === 'test:end' && event.state === 'failed') return (this.#failures += 1) > maxFailures
    return eventPriority(event) === 'detail' && (this.#details += 1) > maxDetails
  }

  #limit(error: ErrorRecord): ErrorRecord {
    for (const text of Object.values(error)) this.#errorText += text.length
    if (this.#errorText <= maxErrorText) return error
    const { name, message, place, code } = error
    return {
      name,
      message: message.slice(0, briefMessage),
      ...(place !== undefined && { place }),
      ...(code !== undefined && { code }),
    }
  }

  /** Resolves when the events are sent. @returns whether all of them are in the stream */
  async flush(): Promise<boolean> {
    await this.#sending
    if (this.#failure !== undefined) throw this.#failure
    return !this.#leaseLost
  }

  /** The end of the attempt is sent alone, after the number of events that were dropped by then. */
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
      // One microtask later, so that events of the same tick are sent together.
      await Promise.resolve()
      while (this.#waiting.length > 0) {
        const dropped = await this.append(this.#nextBatch())
        if (dropped === undefined) this.#leaseLost = true
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
