import type { Step } from '../../explore/holds.js'
import type { Operation, Strategy } from '../../explore/operation.js'
import type { NewOperation } from './operation-queue.js'

/** What was decided in one iteration. */
export class DecisionRecord {
  /** What ran, oldest first. */
  readonly ran: (Operation & Pick<NewOperation, 'place'>)[] = []
  readonly steps: Step[] = []
  /** How often there was something to choose. */
  decisions = 0

  constructor(private readonly options: { strategy: Strategy; maxDecisions: number }) {}

  /**
   * Lets the strategy pick what runs next.
   * @param enabled - in natural order
   * @returns undefined if there is nothing
   */
  pick<T extends Operation>(enabled: readonly T[]): T | undefined {
    const { strategy, maxDecisions } = this.options
    const [first] = enabled
    if (!first) return undefined
    const picked = this.decisions < maxDecisions ? strategy.pick(enabled) : first
    const operation = enabled.find(({ id }) => id === picked.id) ?? first
    if (enabled.length > 1) this.decisions += 1
    this.ran.push(operation)
    this.steps.push({ id: operation.id, enabled: enabled.map(({ id }) => id) })
    strategy.ran?.(operation, enabled)
    return operation
  }
}
