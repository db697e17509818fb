import { countOf } from '../error/closest-name.js'
import type { Iteration } from '../explore/iteration.js'
import { plainLine } from './plain-text.js'

/** What became of a replayed schedule. */
export interface ReplayResult {
  times: number
  /** Failed as the schedule says. */
  reproduced: number
  /** Failed in another way. */
  others: Iteration[]
  /** Of those that did not reproduce it: the first whose operations differ from the schedule, and how many do. */
  diverged?: { first: NonNullable<Iteration['diverged']>; times: number }
}

/** @param signature - of the failure in the schedule */
export function replayResult(iterations: readonly Iteration[], signature: string): ReplayResult {
  const isSame = ({ verdict, schedule }: Iteration): boolean =>
    verdict === 'failed' && schedule?.error.signature === signature
  const missed = iterations.filter(iteration => !isSame(iteration))
  const diverged = missed.flatMap(iteration => iteration.diverged ?? [])
  const [first] = diverged
  return {
    times: iterations.length,
    reproduced: iterations.length - missed.length,
    others: missed.filter(({ verdict }) => verdict === 'failed'),
    ...(first && { diverged: { first, times: diverged.length } }),
  }
}

/** `reproduced k of n`, `diverged at step i (expected …, found …)` or `fixed`. */
export function formatReplay(iterations: readonly Iteration[], signature: string): string[] {
  if (iterations.length === 0) return []
  const { times, reproduced, others, diverged } = replayResult(iterations, signature)
  const [other] = others
  return [
    ...(reproduced > 0 || others.length > 0 || diverged ? [`reproduced ${reproduced} of ${times}`] : []),
    ...(diverged ? [describeDivergence(diverged, times)] : []),
    ...(other
      ? [`failed differently ${countOf(others.length, 'time')}: ${plainLine(other.schedule?.error.message ?? '')}`]
      : []),
    ...(reproduced === 0 && others.length === 0 && !diverged
      ? [`fixed: passed ${countOf(times, 'time')} in the order of the schedule`]
      : []),
    '',
  ]
}

function describeDivergence({ first, times }: NonNullable<ReplayResult['diverged']>, of: number): string {
  const found = first.found === undefined ? 'nothing' : plainLine(first.found)
  const count = times === of ? '' : ` in ${times} of ${of}`
  return `diverged at step ${first.step + 1} (expected ${plainLine(first.expected)}, found ${found})${count}`
}
