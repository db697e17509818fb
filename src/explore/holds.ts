import type { Hold } from './schedule.js'
import { choiceOf, operationKindOf } from './operation-id.js'

/** One step of an iteration. */
export interface Step {
  /** Of the operation that ran. */
  id: string
  /** What could have run, in natural order; contains `id`. */
  enabled: readonly string[]
}

/** A hold that a schedule consists of. */
export interface FoundHold extends Hold {
  /** What also ran before the operation, and could not have in natural order: earlier ones than `until`, oldest first. */
  readonly weaker: readonly string[]
}

/**
 * An order of operations as holds: natural order with these holds is that order again. Each operation that others overtook
 * is held until the last of them has run. For a choice, the hold is from the choice to the value that it has.
 */
export function holdsOf(steps: readonly Step[]): FoundHold[] {
  const overtakenBy = new Map<string, string[]>()
  for (const { id, enabled } of steps) {
    if (operationKindOf(id) === 'choice') {
      if (enabled[0] !== id) overtakenBy.set(choiceOf(id), [id])
      continue
    }
    for (const earlier of enabled.slice(0, Math.max(0, enabled.indexOf(id)))) {
      overtakenBy.set(earlier, [...(overtakenBy.get(earlier) ?? []), id])
    }
  }
  return [...overtakenBy].flatMap(([operation, others]) => {
    const until = others.at(-1)
    // Waits look as often as their device changes: that they have looked once more says little.
    const weaker = others.slice(0, -1).filter(id => operationKindOf(id) !== 'poll')
    return until === undefined ? [] : [{ operation, until, weaker }]
  })
}
