import type { Step } from '../../explore/holds.js'
import type { Iteration } from '../../explore/iteration.js'
import type { SourceLocation } from '../../error/baton-error.js'
import type { Strategy } from '../../explore/operation.js'
import { partialOrderHash } from '../../explore/partial-order.js'
import { ProfileRecorder, type Profile } from '../../explore/profile.js'
import { traceOf, type Schedule } from '../../explore/schedule.js'
import { failureSignature } from '../../explore/signature.js'
import type { ErrorRecord, ModuleEvent } from '../../event/run-event.js'
import type { DecisionRecord } from './decision-record.js'
import { isMistake, ModuleFailure, type FailedTest } from './module-failure.js'
import type { Scheduler } from './scheduler.js'

/** A test or hook that has failed. */
export interface IterationFailure {
  test: string[]
  error: ErrorRecord
  earlier?: Schedule['earlier']
}

/** What one iteration was, and what it showed. */
export interface ExploredIteration {
  iteration: Iteration
  failure: (IterationFailure & { signature: string }) | undefined
  steps: readonly Step[]
  profile: Profile
}

/** Watches the tests of one iteration: its events are not those of the run. */
export class IterationWatch {
  /** The first one. */
  failure: IterationFailure | undefined
  /** Of tests and hooks. */
  readonly failed: FailedTest[] = []
  /** Of the module as a whole. */
  #error: ErrorRecord | undefined

  /** @param earlier - see `Schedule` */
  see(event: ModuleEvent, earlier: () => Schedule['earlier']): void {
    if (event.type !== 'test:end' || event.state !== 'failed') return
    this.failed.push(event)
    const error = event.error ?? { name: 'Error', message: 'failed' }
    this.failure ??= { test: event.title, error, earlier: earlier() }
  }

  /** The module as a whole has failed. */
  fail(error: ErrorRecord): void {
    this.#error = error
    this.failure ??= { test: [], error }
  }

  /**
   * Ends exploring if the module has a mistake.
   * @param wasOrdered - false: nothing was ordered in this iteration or before, so any failure counts
   * @throws ModuleFailure
   */
  assertExplorable(wasOrdered: boolean): void {
    const errors = [...this.failed.map(({ error }) => error), this.#error]
    const isWrong = this.failure !== undefined && !wasOrdered
    if (isWrong || errors.some(error => error && isMistake(error))) throw new ModuleFailure(this.failed, this.#error)
  }
}

/** A strategy that also records a profile. */
export function recordProfile(strategy: Strategy): Strategy & { profile(): Profile } {
  const recorder = new ProfileRecorder()
  return {
    pick: enabled => strategy.pick(enabled),
    awaitsOthers: enabled => strategy.awaitsOthers?.(enabled) ?? false,
    ran(operation, enabled) {
      recorder.ran(operation, enabled)
      strategy.ran?.(operation, enabled)
    },
    profile: () => recorder.profile(),
  }
}

export interface IterationFacts {
  purpose: Iteration['purpose']
  seed: number
  strategy: string
  /** As the user knows it. */
  module: string
  bundleHash: string
  failure: IterationFailure | undefined
  scheduler: Scheduler
  profile: Profile
  durationMs: number
  resetMs: number
  /** Devices whose messages were not under control at the end. */
  uncontrolled: number
}

export function describeIteration(facts: IterationFacts): ExploredIteration {
  const { purpose, seed, strategy, scheduler, durationMs, resetMs } = facts
  const { settling, hadBranches } = scheduler
  const { ran, steps, decisions } = scheduler.record
  const failure = facts.failure && { ...facts.failure, signature: signatureOf(facts.failure) }
  const spent = Object.values(scheduler.timesMs).reduce((sum, ms) => sum + ms, resetMs)
  const timesMs = { reset: resetMs, ...scheduler.timesMs, hooks: Math.max(0, durationMs - spent) }
  return {
    failure,
    steps,
    profile: facts.profile,
    iteration: {
      purpose,
      seed,
      strategy,
      verdict: failure ? 'failed' : 'passed',
      hadBranches,
      order: partialOrderHash(ran),
      operations: ran.length,
      decisions,
      unbalanced: settling.unbalanced + facts.uncontrolled,
      slowServer: settling.slowServer,
      pageTimers: { ...scheduler.pageTimers.counts },
      durationMs: Math.round(durationMs),
      timesMs: Object.fromEntries(Object.entries(timesMs).map(([what, ms]) => [what, Math.round(ms)])),
      ...(failure && { schedule: scheduleOf(facts, failure, ran) }),
    },
  }
}

function scheduleOf(
  { module, bundleHash, seed, strategy }: IterationFacts,
  { test, error, signature, earlier }: IterationFailure & { signature: string },
  ran: DecisionRecord['ran'],
): Schedule {
  const places = Object.fromEntries(ran.flatMap(({ id, place }) => placeText(place?.()).map(text => [id, text])))
  return {
    version: 1,
    module,
    bundleHash,
    seed,
    strategy,
    test,
    ...traceOf(ran.map(({ id }) => id)),
    places,
    ...(earlier && Object.keys(earlier).length > 0 && { earlier }),
    error: { message: error.message, signature },
  }
}

function placeText(place: SourceLocation | undefined): string[] {
  return place ? [`${place.file}${place.line === undefined ? '' : `:${place.line}`}`] : []
}

function signatureOf({ test, error: { message, place } }: IterationFailure): string {
  const [, file = '', line] = /^(.*?)(?::(\d+))?(?::\d+)?$/.exec(place ?? '') ?? []
  const at = { file, ...(line !== undefined && { line: Number(line) }) }
  return failureSignature({ message, test, ...(place !== undefined && { place: at }) })
}
