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
  const { redis, prefix, runStream, queues, signal } = options
  const positions = new Map(
    [runStream, ...queues.map(queue => queueKey(prefix, queue, 'events'))].map(key => [key, '0']),
  )
  const stop = (): void => redis.disconnect()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for (;;) {
      if (signal?.aborted) return
      const replies = await read(redis, positions)
      const results = resultsOf(replies, runStream)
      // Events are read in the same instant as results or later, so whatever precedes a result is there by now. What a result
      // caused, such as the end of modules that are not run for its sake, comes after it.
      let events = replies.get(runStream) ?? []
      while (events.length > 0) {
        for (const entry of events) {
          while (results[0] && results[0].at < timeOf(entry)) yield results.shift() as FollowedResult
          yield eventOf(entry)
        }
        if (events.length < COUNT) break
        events = await readOne(redis, runStream, positions)
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

async function read(redis: Redis, positions: Map<string, string>): Promise<Map<string, Entry[]>> {
  const keys = [...positions.keys()]
  const reply = await redis.xread('COUNT', COUNT, 'BLOCK', 0, 'STREAMS', ...keys, ...positions.values())
  const entries = new Map<string, Entry[]>((reply ?? []) as [string, Entry[]][])
  for (const [key, list] of entries) positions.set(key, list.at(-1)?.[0] ?? '0')
  return entries
}

async function readOne(redis: Redis, key: string, positions: Map<string, string>): Promise<Entry[]> {
  const list = (await redis.xrange(key, `(${positions.get(key)}`, '+', 'COUNT', COUNT)) as Entry[]
  const last = list.at(-1)
  if (last) positions.set(key, last[0])
  return list
}

function fieldsOf(fields: Fields): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i + 1 < fields.length; i += 2) map.set(fields[i] ?? '', fields[i + 1] ?? '')
  return map
}

/** Redis's clock, milliseconds. */
function timeOf([id]: Entry): number {
  return Number(id.split('-')[0])
}

/** Oldest first. */
function resultsOf(replies: Map<string, Entry[]>, runStream: string): FollowedResult[] {
  return [...replies]
    .filter(([key]) => key !== runStream)
    .flatMap(([, entries]) => entries.flatMap(entry => resultOf(entry) ?? []))
    .toSorted((a, b) => a.at - b.at)
}

function eventOf([, fields]: Entry): Followed {
  return { kind: 'event', event: JSON.parse(fieldsOf(fields).get('event') ?? 'null') as RunEvent }
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
