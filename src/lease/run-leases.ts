import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Needs } from '../device/selector.js'
import { defaults } from '../device/defaults.js'
import { BatonError } from '../error/baton-error.js'
import { eventPriority } from '../event/event-priority.js'
import type { RunEvent } from '../event/run-event.js'
import type { LeaseScripts } from './lease-scripts.js'
import { limits } from './protocol/limits.js'
import {
  cancelRunReply,
  openRunReply,
  readReply,
  renewRunReply,
  scheduleReply,
  type UnsatisfiableNeed,
} from './protocol/replies.js'
import type { RunStatus } from './protocol/states.js'
import { protocolMismatch } from './protocol/version.js'
import { queueNameFor, rolesOf, type NeedDetails } from './queue-name.js'
import { RunFiles } from './run-files.js'
import { RunJobs } from './run-jobs.js'
import { RunResults } from './run-results.js'
import type { LinkedStage } from './stage.js'

export interface OpenRunOptions {
  /** Milliseconds that the run lasts unless renewed; default 60,000. Renew at a third of it. */
  ttlMs?: number
  /** Milliseconds that modules wait while no online device matches; default 600,000. */
  waitMs?: number
}

const detachedSchema = z.object({
  /** Values to hide; they are in the environment of its modules, and so in Redis anyway. */
  secrets: z.array(z.string()),
  /** The project whose history it adds to, until a process has done so; and the files of which only some tests run. */
  history: z.object({ project: z.string(), partial: z.array(z.string()) }).optional(),
})

export type DetachedRun = z.infer<typeof detachedSchema>

const needSchema = z.object({ roles: z.array(z.tuple([z.string(), z.string()])) })

/** Of a stage; Lua writes an empty list as an empty object. */
const queuesSchema = z.object({ needs: z.array(z.string()).or(z.object({}).transform((): string[] => [])) })

/** What concerns a run as a whole; its owner calls it, and a host on behalf of an owner that vanished. */
export class RunLeases {
  readonly files: RunFiles
  readonly jobs: RunJobs
  readonly results: RunResults

  constructor(readonly scripts: LeaseScripts) {
    this.files = new RunFiles(scripts)
    this.jobs = new RunJobs(scripts)
    this.results = new RunResults(scripts)
  }

  /**
   * @throws BatonError BATON_PROTOCOL_MISMATCH if another version of Baton uses the farm
   * @throws BatonError BATON_INTERNAL if the farm has a run of that name
   */
  async open(run: string, options: OpenRunOptions = {}): Promise<void> {
    const { ttlMs = defaults.ownerTtlMs, waitMs = defaults.waitTimeoutMs } = options
    const reply = readReply(openRunReply, await this.scripts.call('open-run', run, ttlMs, waitMs))
    if (reply.answer === 'foreign') throw protocolMismatch(reply.version)
    if (reply.answer === 'exists') throw new BatonError('BATON_INTERNAL', `a run ${run} exists already`)
  }

  /**
   * Registers the stages of a run, before the needs of their modules. All are held until `startStages`.
   * @throws BatonError BATON_REDIS if the run is not open: it was removed, or its heartbeat came too late
   */
  async registerStages(run: string, stages: readonly LinkedStage[]): Promise<void> {
    for (let start = 0; start < stages.length; start += limits.batch) {
      const batch = stages.slice(start, start + limits.batch).map(({ name, ...links }) => [name, links])
      this.#mustBeOpen(run, await this.scripts.call('register-stages', run, JSON.stringify(batch)))
    }
  }

  /**
   * To be called when all modules of all stages are in their queues. From here on the farm keeps their order.
   * @param detached - the run outlives its owner from here on: until its last stage starts, if that has `keepRunMs`, else for good
   * @throws BatonError BATON_REDIS if the run is not open: it was removed, or its heartbeat came too late
   */
  async startStages(run: string, stages: readonly LinkedStage[], detached = false): Promise<void> {
    if (stages.length === 0 && !detached) return
    const first = stages.filter(stage => stage.after.length === 0).map(stage => stage.name)
    // One script: after a crash, all of them have started or none.
    this.#mustBeOpen(run, await this.scripts.call('start-stages', run, detached ? '1' : '0', ...first))
  }

  /**
   * Registers needs of a run's modules.
   * @returns the queue for these modules
   * @throws BatonError BATON_REDIS if the run is not open: it was removed, or its heartbeat came too late
   */
  async registerNeeds(run: string, needs: Needs, details: NeedDetails = {}): Promise<string> {
    const queue = queueNameFor(run, needs, details)
    const definition = JSON.stringify({ run, roles: rolesOf(needs), ...details })
    this.#mustBeOpen(run, await this.scripts.call('register-needs', queue, definition, run))
    return queue
  }

  #mustBeOpen(run: string, reply: unknown): void {
    if (reply === 1) return
    throw new BatonError('BATON_REDIS', `run ${run} is no longer open: Redis lost its data, or it was stopped`, {
      hint: 'submit it again',
    })
  }

  /**
   * Lets the farm grant leases for modules that were added to queues.
   * @returns queues whose stalled jobs can be requeued now; if there is a live host, it got a message as well
   */
  async schedule(queues: readonly string[] = []): Promise<string[]> {
    const stalled = new Set<string>()
    for (let more = true, first = true; more; first = false) {
      const raw = await this.scripts.call('schedule', '', limits.grants, ...(first ? queues : []))
      const reply = readReply(scheduleReply, raw)
      for (const queue of reply.stalled) stalled.add(queue)
      more = reply.more
    }
    return [...stalled]
  }

  /**
   * Renews the run: its owner is alive.
   * @returns its state (`lapsed`: this came too late, and hosts clean the run up), and its needs that cannot be served
   */
  async renew(run: string): Promise<{ state: RunStatus; unsatisfiable: UnsatisfiableNeed[] }> {
    return readReply(renewRunReply, await this.scripts.call('renew-run', run))
  }

  /**
   * Appends events to the run's stream: once, even if the connection breaks. One call at a time for each lease.
   * @param lease - if given, only while it is held
   * @returns how many of them were dropped because the run has too many, the least important first; undefined if the lease is lost
   * or the run is gone
   */
  async append(run: string, events: readonly RunEvent[], lease?: string): Promise<number | undefined> {
    if (events.length === 0) return 0
    const texts = events.map(event => JSON.stringify(event))
    const priorities = events.map(event => eventPriority(event)[0]).join('')
    const dropped = z
      .number()
      .parse(await this.scripts.call('append-events', run, lease ?? '', randomUUID(), priorities, ...texts))
    return dropped < 0 ? undefined : dropped
  }

  /**
   * Stops a run: nothing more of it is granted, waiting modules end as `not-run` in its stream, and the hosts that execute
   * its modules abort them.
   * @returns how many leases are still out; those modules end by BullMQ's record
   */
  async cancel(run: string, reason: string): Promise<{ state: RunStatus; leases: number }> {
    const { state, queues, leases } = readReply(cancelRunReply, await this.scripts.call('cancel-run', run, reason))
    for (const queue of queues) await this.dropWaiting(queue, 'not-run', reason)
    return { state, leases }
  }

  /**
   * Takes all waiting modules out of a queue and records the end of each as `module:end` in the run's stream.
   * @param only - `closed`: leaves a run alone that is still open
   * @returns how many
   */
  async dropWaiting(
    queue: string,
    verdict: 'not-run' | 'lost',
    reason: string,
    only: 'any' | 'closed' = 'any',
  ): Promise<number> {
    let dropped = 0
    for (let last: number = limits.batch; last === limits.batch; dropped += last) {
      last = z.number().parse(await this.scripts.call('drop-waiting', queue, verdict, reason, limits.batch, only))
    }
    return dropped
  }

  /** @returns undefined if no run has such a queue any more */
  async needsOfQueue(queue: string): Promise<Needs | undefined> {
    const text = await this.scripts.redis.get(this.scripts.key('need', queue))
    if (text === null) return undefined
    return Object.fromEntries(needSchema.parse(JSON.parse(text)).roles)
  }

  /** Stores what the followers of a detached run need. */
  async saveDetachedRun(run: string, { secrets, history }: DetachedRun): Promise<void> {
    const fields = { secrets: JSON.stringify(secrets), ...(history && { history: JSON.stringify(history) }) }
    await this.scripts.redis.hset(this.scripts.key('run', run), fields)
  }

  /** @returns undefined if there is no detached run of that name */
  async loadDetachedRun(run: string): Promise<DetachedRun | undefined> {
    const [ttl, secrets, history] = await this.scripts.redis.hmget(
      this.scripts.key('run', run),
      'ttl',
      'secrets',
      'history',
    )
    if (ttl !== '') return undefined
    return detachedSchema.parse({
      secrets: JSON.parse(secrets ?? '[]'),
      ...(history && { history: JSON.parse(history) }),
    })
  }

  /** @returns whether the caller is the first, who adds the run to the history */
  async claimHistory(run: string): Promise<boolean> {
    return (await this.scripts.redis.hdel(this.scripts.key('run', run), 'history')) === 1
  }

  /** Whether the farm has a run of that name. */
  async isKnown(run: string): Promise<boolean> {
    return (await this.scripts.redis.exists(this.scripts.key('run', run))) === 1
  }

  /** Queues of a run. */
  async queues(run: string): Promise<string[]> {
    return this.scripts.redis.smembers(this.scripts.key('run', run, 'needs'))
  }

  /** @returns stage → queues of its modules */
  async queuesByStage(run: string): Promise<Map<string, string[]>> {
    const stages = await this.scripts.redis.hgetall(this.scripts.key('run', run, 'stages'))
    return new Map(Object.entries(stages).map(([name, text]) => [name, queuesSchema.parse(JSON.parse(text)).needs]))
  }
}
