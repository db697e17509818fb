import type { Operation, Strategy } from '../operation.js'
import { labelOf } from '../operation-id.js'
import type { Schedule } from '../schedule.js'
import { firstOf } from './highest.js'

/** The first operation that differs from a trace. */
export interface Divergence {
  /** Its index in the trace. */
  step: number
  expected: string
  /** Absent: nothing ran any more. */
  found?: string
}

export interface TraceReplay extends Strategy {
  /** Undefined if all of the trace ran in its order. Call it when the iteration has ended. */
  divergence(): Divergence | undefined
}

/**
 * Repeats a trace: runs its next operation, after the polls that ran before it. If that can't happen yet, a poll, because a
 * wait may be what it waits for; otherwise the earliest one of the trace that can happen.
 * @param schedule - without `checks`, polls run only if nothing else is left
 */
export function replayTrace({ trace, checks = [] }: Pick<Schedule, 'trace' | 'checks'>): TraceReplay {
  const steps = new Map(trace.map((id, step) => [id, step]))
  const missing = new Set(trace.keys())
  /** By step: the waits that still have to look before it. */
  const waitsAt = new Map<number, string[]>()
  for (const { wait, after } of checks) waitsAt.set(after, [...(waitsAt.get(after) ?? []), wait])
  let diverged: Divergence | undefined
  const nextStep = (): number | undefined => missing.values().next().value
  const stepOf = ({ id }: Operation): number => steps.get(id) ?? Infinity
  const dueWaits = (): string[] => waitsAt.get(nextStep() ?? trace.length) ?? []
  /** The poll that is due. Absent: its wait has nothing new to see. */
  const duePoll = (enabled: readonly Operation[]): Operation | undefined =>
    dueWaits().flatMap(wait => enabled.filter(({ id }) => labelOf(id) === wait))[0]
  return {
    pick(enabled) {
      const next = nextStep()
      const expected = enabled.find(({ id }) => next !== undefined && id === trace[next])
      const poll = enabled.find(({ kind }) => kind === 'poll')
      return (
        duePoll(enabled) ??
        expected ??
        poll ??
        enabled.reduce((best, each) => (stepOf(each) < stepOf(best) ? each : best), firstOf(enabled))
      )
    },
    awaitsOthers(enabled) {
      const next = nextStep()
      return next !== undefined && enabled.every(({ id, kind }) => kind !== 'poll' && id !== trace[next])
    },
    ran(operation) {
      if (operation.kind === 'poll') {
        const waits = dueWaits()
        const done = waits.indexOf(labelOf(operation.id))
        if (done !== -1) waits.splice(done, 1)
        return
      }
      const step = nextStep()
      // What runs after the end of the trace is not part of it.
      if (step === undefined) return
      const expected = trace[step]
      if (expected !== undefined && operation.id !== expected) diverged ??= { step, expected, found: operation.id }
      missing.delete(stepOf(operation))
    },
    divergence() {
      const step = nextStep()
      const expected = step === undefined ? undefined : trace[step]
      return diverged ?? (step === undefined || expected === undefined ? undefined : { step, expected })
    },
  }
}
