import type { Redis } from 'ioredis'
import type { RunEvent } from '../event/run-event.js'
import { bullNames, queueKey } from './key-names.js'
import { moduleOfJobId, moduleResultSchema, type ModuleResult } from './module-job.js'

/** What a follower of a run sees: its events, and, from BullMQ's own records, how each module ended. */
export type Followed = { kind: 'event'; event: RunEvent } | FollowedResult

interface FollowedResult {
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
}

type Fields = string[]
type Entry = [id: string, fields: Fields]

/** Entries of one stream in one reply. */
const COUNT = 1000

/**
 * Follows a run from its beginning, on one connection for all its streams. A module's end comes from BullMQ's `completed` or
 * `failed`, which is written in the same script as the result itself; its attempt's events, written before, come before it.
 * Ends when `signal` aborts or the caller breaks off.
 */
export async function* followResults(options: FollowOptions): AsyncGenerator<Followed, void, undefined> {
  const { redis, runStream, signal } = options
  const streams = new FollowedStreams(options)
  const stop = (): void => redis.disconnect()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for (;;) {
      if (signal?.aborted) return
      const replies = await streams.read()
      let results = resultsOf(replies, runStream)
      // Events are read in the same instant as results or later, so whatever precedes a result is there by now. What a result
      // caused, such as the end of modules that are not run for its sake, comes after it.
      let entries = replies.get(runStream) ?? []
      while (entries.length > 0) {
        const events = entries.map(eventOf)
        const begun = await streams.stagesIn(events)
        if (begun.size > 0) results = inOrder([...results, ...resultsOf(begun, runStream)])
        for (const [index, event] of events.entries()) {
          const at = timeOf(entries[index])
          while (results[0] && (results[0].at < at || (results[0].at === at && isCaused(event)))) {
            yield results.shift() as FollowedResult
          }
          yield { kind: 'event', event }
        }
        if (entries.length < COUNT && begun.size === 0) break
        entries = await streams.readOne(runStream)
      }
      yield* results
    }
  } catch (error) {
    if (!signal?.aborted) throw error
  } finally {
    signal?.removeEventListener('abort', stop)
    redis.disconnect()
  }
}

/** The streams that are read, each from where it was read last. */
class FollowedStreams {
  readonly #positions = new Map<string, string>()
  /** Of stages that have ended: followed until a reply has all that came before their end. */
  #ended: string[] = []

  constructor(private readonly options: FollowOptions) {
    const { prefix, runStream, queues, stages } = options
    const later = new Set([...(stages?.values() ?? [])].flat())
    const first = queues.filter(queue => !later.has(queue)).map(queue => queueKey(prefix, queue, 'events'))
    for (const key of [runStream, ...first]) this.#positions.set(key, '0')
  }

  /** Waits until there is something in one of them, and reads all. */
  async read(): Promise<Map<string, Entry[]>> {
    const over = this.#ended.splice(0)
    const keys = [...this.#positions.keys()]
    const { redis } = this.options
    const reply = await redis.xread('COUNT', COUNT, 'BLOCK', 0, 'STREAMS', ...keys, ...this.#positions.values())
    const entries = new Map<string, Entry[]>((reply ?? []) as [string, Entry[]][])
    for (const [key, list] of entries) this.#positions.set(key, list.at(-1)?.[0] ?? '0')
    for (const key of over) {
      if ((entries.get(key)?.length ?? 0) < COUNT) this.#positions.delete(key)
      else this.#ended.push(key)
    }
    return entries
  }

  async readOne(key: string): Promise<Entry[]> {
    const list = (await this.options.redis.xrange(
      key,
      `(${this.#positions.get(key) ?? '0'}`,
      '+',
      'COUNT',
      COUNT,
    )) as Entry[]
    this.#positions.set(key, list.at(-1)?.[0] ?? this.#positions.get(key) ?? '0')
    return list
  }

  /** @returns what there is in the queues of stages that have begun, from here on followed */
  async stagesIn(events: readonly RunEvent[]): Promise<Map<string, Entry[]>> {
    const entries = new Map<string, Entry[]>()
    for (const event of events) {
      if (event.type !== 'stage') continue
      const queues = this.options.stages?.get(event.stage) ?? []
      const keys = queues.map(queue => queueKey(this.options.prefix, queue, 'events'))
      if (event.state === 'begun') for (const key of keys) entries.set(key, await this.readOne(key))
      else this.#ended.push(...keys)
    }
    return entries
  }
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

/** Oldest first. */
function resultsOf(replies: Map<string, Entry[]>, runStream: string): FollowedResult[] {
  return inOrder(
    [...replies]
      .filter(([key]) => key !== runStream)
      .flatMap(([, entries]) => entries.flatMap(entry => resultOf(entry) ?? [])),
  )
}

function inOrder(results: readonly FollowedResult[]): FollowedResult[] {
  return results.toSorted((a, b) => a.at - b.at)
}

/** Of what was written in one millisecond, this comes after the results, which brought it about; all else precedes them. */
function isCaused({ type }: RunEvent): boolean {
  return type === 'stage' || type === 'module:end'
}

function eventOf([, fields]: Entry): RunEvent {
  return JSON.parse(fieldsOf(fields).get('event') ?? 'null') as RunEvent
}

function resultOf([id, fields]: Entry): FollowedResult | undefined {
  const entry = fieldsOf(fields)
  const at = timeOf([id, fields])
  const kind = entry.get('event')
  if (kind === 'completed') {
    return { kind: 'result', at, result: moduleResultSchema.parse(JSON.parse(entry.get('returnvalue') ?? 'null')) }
  }
  if (kind === 'failed') return { kind: 'result', at, result: failureOf(entry) }
  return undefined
}

/** BullMQ itself fails a job only where something is badly wrong; its words are then the reason. */
function failureOf(entry: Map<string, string>): ModuleResult {
  const text = entry.get(bullNames.failedReasonField) ?? ''
  try {
    return moduleResultSchema.parse(JSON.parse(text))
  } catch {
    return { module: moduleOfJobId(entry.get('jobId') ?? ''), verdict: 'lost', attempts: 0, reasons: [text] }
  }
}
