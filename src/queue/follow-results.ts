import type { Redis } from 'ioredis'
import { closeRedis } from './close-redis.js'
import { redisError } from '../error/baton-error.js'
import type { RunEvent } from '../event/run-event.js'
import { parseRunEvent, type InvalidEvent } from '../event/run-event-schema.js'
import { bullNames, jobKey, queueKey } from './key-names.js'
import { moduleOfJobId } from './module-job.js'
import { resultOfCompletedJob, resultOfFailedJob, type ModuleResult } from './module-result.js'

/** What a follower of a run receives: its events and, from BullMQ's records, the result of each module. */
export type RunUpdate = EventUpdate | InvalidUpdate | ResultUpdate

interface EventUpdate {
  kind: 'event'
  event: RunEvent
}

/** An entry of the run's stream that is not an event. */
export interface InvalidUpdate {
  kind: 'invalid'
  /** Id of the entry. */
  entry: string
  invalid: InvalidEvent
}

interface ResultUpdate {
  kind: 'result'
  result: ModuleResult
  /** Milliseconds since the epoch, Redis's clock. */
  at: number
}

export interface FollowOptions {
  /** The follower's own connection: it blocks, and is disconnected at the end. */
  redis: Redis
  prefix: string
  /** Key of the run's stream. */
  runStream: string
  queues: readonly string[]
  /** Stage → queues of its modules, some of `queues`: followed while it is under way, as nothing happens in them before or after. */
  stages?: ReadonlyMap<string, readonly string[]>
  signal?: AbortSignal
  /** Changes what one read has found before it is passed on; default: nothing. */
  settle?: (updates: RunUpdate[]) => Promise<RunUpdate[]>
  /** Called when all that was written has been read, and nothing new came for a moment: for so many milliseconds. */
  onQuiet?: (quietMs: number) => Promise<void>
}

type Fields = string[]
type Entry = [id: string, fields: Fields]
/** By stream, in the stream's order; streams without entries are left out. */
type Entries = Map<string, Entry[]>

/** Milliseconds that one blocking read waits: a connection that is dead without an error is noticed soon after. */
export const blockMs = 2_000

/** Entries of one stream in one reply; more if that many were written in one millisecond. */
const COUNT = 1000

/**
 * Follows a run from its beginning, on one connection for all its streams. A module's result comes with BullMQ's event
 * `completed` or `failed`, which is written by the same script as the result itself. The events of its attempt, written
 * before, come before it; what it caused comes after it. Ends when `signal` aborts or the caller stops iterating.
 */
export async function* followResults(options: FollowOptions): AsyncGenerator<RunUpdate, void, undefined> {
  const { redis, runStream, signal } = options
  const streams = new FollowedStreams(options)
  const stop = (): void => closeRedis(redis)
  signal?.addEventListener('abort', stop, { once: true })
  let quietSince = performance.now()
  try {
    for (;;) {
      if (signal?.aborted) return
      const entries = await streams.read()
      if (!entries) {
        if (!signal?.aborted) await options.onQuiet?.(performance.now() - quietSince)
        continue
      }
      quietSince = performance.now()
      const updates = [...inOrder(entries.get(runStream) ?? [], await streams.results(entries))]
      yield* options.settle ? await options.settle(updates) : updates
    }
  } catch (error) {
    if (!signal?.aborted) throw redisError(error)
  } finally {
    signal?.removeEventListener('abort', stop)
    closeRedis(redis)
  }
}

/** The streams that are read, each from its last position. */
class FollowedStreams {
  readonly #positions = new Map<string, string>()
  /** Streams of stages that have ended: followed until a reply holds all that came before their end. */
  #ended: string[] = []
  #count = COUNT

  constructor(private readonly options: FollowOptions) {
    const { prefix, runStream, queues, stages } = options
    const later = new Set([...(stages?.values() ?? [])].flat())
    const first = queues.filter(queue => !later.has(queue)).map(queue => queueKey(prefix, queue, 'events'))
    for (const key of [runStream, ...first]) this.#positions.set(key, '0')
  }

  /**
   * Waits a moment until one of them has entries, and reads all of them at the same instant. If one has more entries than a
   * reply holds, later entries of the others are left for the next read: what led to them may be in the rest.
   * @returns undefined if nothing came
   */
  async read(): Promise<Entries | undefined> {
    let replies = await this.#replies()
    if (replies.size === 0) return undefined
    while (this.#followStarted(replies)) replies = await this.#replies()
    const cut = [...replies.values()].filter(list => list.length >= this.#count).map(list => timeOf(list.at(-1)))
    const until = Math.min(...cut)
    const entries: Entries = new Map()
    for (const [key, list] of replies) {
      const known = cut.length === 0 ? list : list.filter(entry => timeOf(entry) < until)
      const last = known.at(-1)
      if (!last) continue
      entries.set(key, known)
      this.#positions.set(key, last[0])
    }
    this.#count = entries.size === 0 ? this.#count * 2 : COUNT
    for (const key of this.#ended.splice(0)) {
      if (replies.get(key)?.length === entries.get(key)?.length) this.#positions.delete(key)
      else this.#ended.push(key)
    }
    this.#ended.push(...this.#queuesOf(entries, state => state !== 'begun'))
    return entries
  }

  async #replies(): Promise<Entries> {
    const keys = [...this.#positions.keys()]
    const { redis } = this.options
    const reply = await redis.xread(
      'COUNT',
      this.#count,
      'BLOCK',
      blockMs,
      'STREAMS',
      ...keys,
      ...this.#positions.values(),
    )
    return new Map((reply ?? []) as [string, Entry[]][])
  }

  /** @returns whether stages have started: their queues must be read together with the events of their start */
  #followStarted(replies: Entries): boolean {
    const started = this.#queuesOf(replies, state => state === 'begun').filter(key => !this.#positions.has(key))
    for (const key of started) this.#positions.set(key, '0')
    return started.length > 0
  }

  /** The results of the modules whose jobs have finished, according to BullMQ's events. */
  async results(entries: Entries): Promise<ResultUpdate[]> {
    const found = this.options.queues.flatMap(queue =>
      (entries.get(queueKey(this.options.prefix, queue, 'events')) ?? []).map(entry => this.#resultOf(queue, entry)),
    )
    return (await Promise.all(found)).filter(result => result !== undefined)
  }

  async #resultOf(queue: string, entry: Entry): Promise<ResultUpdate | undefined> {
    const fields = fieldsOf(entry[1])
    const at = timeOf(entry)
    const event = fields.get('event')
    const jobId = fields.get('jobId') ?? ''
    if (event === 'completed') {
      return { kind: 'result', at, result: resultOfCompletedJob(moduleOfJobId(jobId), fields.get('returnvalue') ?? '') }
    }
    if (event !== 'failed') return undefined
    const stored = await this.options.redis.hget(jobKey(this.options.prefix, queue, jobId), bullNames.resultField)
    const failedReason = fields.get(bullNames.failedReasonField) ?? ''
    return { kind: 'result', at, result: resultOfFailedJob(moduleOfJobId(jobId), stored, failedReason) }
  }

  /** Streams of the queues of stages whose state changed to one that `isMeant` accepts. */
  #queuesOf(entries: Entries, isMeant: (state: string) => boolean): string[] {
    const { prefix, runStream, stages } = this.options
    if (!stages?.size) return []
    return (entries.get(runStream) ?? []).map(updateOf).flatMap(update => {
      if (update.kind !== 'event' || update.event.type !== 'stage' || !isMeant(update.event.state)) return []
      return (stages.get(update.event.stage) ?? []).map(queue => queueKey(prefix, queue, 'events'))
    })
  }
}

/**
 * A result comes after the last event of its module. If that event was read before, Redis's clock decides, which is less exact:
 * it may be set back, and much happens in one millisecond.
 */
function* inOrder(entries: readonly Entry[], results: readonly ResultUpdate[]): Generator<RunUpdate> {
  const updates = entries.map(updateOf)
  const last = new Map(updates.map((update, index) => [moduleOf(update), index]))
  const timed = results.filter(({ result }) => !last.has(result.module)).toSorted((a, b) => a.at - b.at)
  const placed = new Map(results.map(update => [last.get(update.result.module), update]))
  for (const [index, update] of updates.entries()) {
    const at = timeOf(entries[index])
    while (timed[0] && (timed[0].at < at || (timed[0].at === at && isCaused(update))))
      yield timed.shift() as ResultUpdate
    yield update
    const result = placed.get(index)
    if (result) yield result
  }
  yield* timed
}

/** The module of an attempt's event. `module:end` is not one: it stands for a result. */
function moduleOf(update: EventUpdate | InvalidUpdate): string | undefined {
  if (update.kind === 'invalid' || update.event.type === 'module:end') return undefined
  return 'lease' in update.event ? update.event.module : undefined
}

function fieldsOf(fields: Fields): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i + 1 < fields.length; i += 2) map.set(fields[i] ?? '', fields[i + 1] ?? '')
  return map
}

/** Redis's clock, milliseconds. */
function timeOf(entry: Entry | undefined): number {
  return Number(entry?.[0].split('-')[0])
}

/** Whether results cause this event. If several things were written in one millisecond, such an event comes after the results, and all others before. */
function isCaused(update: EventUpdate | InvalidUpdate): boolean {
  const { type } = update.kind === 'event' ? update.event : update.invalid
  return type === 'stage' || type === 'module:end'
}

/** By entry: an entry may be read twice. */
const parsed = new WeakMap<Entry, EventUpdate | InvalidUpdate>()

function updateOf(entry: Entry): EventUpdate | InvalidUpdate {
  const known = parsed.get(entry)
  if (known) return known
  const [id, fields] = entry
  const read = parseRunEvent(fieldsOf(fields).get('event') ?? '')
  const update: EventUpdate | InvalidUpdate =
    'event' in read ? { kind: 'event', event: read.event } : { kind: 'invalid', entry: id, invalid: read.invalid }
  parsed.set(entry, update)
  return update
}
