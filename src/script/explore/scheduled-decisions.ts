import type { SourceLocation } from '../../error/baton-error.js'
import { branchName, roleOf, type Branch } from '../branch/branch.js'
import type { DecisionRecord } from './decision-record.js'
import type { Choice, Decider } from './decisions.js'
import { branchLabel, labelCheckpoint } from './operation-labels.js'
import type { OperationQueue } from './operation-queue.js'
import type { Changes } from '../real-time.js'

interface SchedulerParts {
  queue: OperationQueue
  record: DecisionRecord
  changed: Changes
  /** Whether a branch is under control. */
  controls: (branch: Branch) => boolean
  /** There is something to explore, even without branches. */
  hasChoice: () => void
}

/** `choose` and `checkpoint` of one iteration. */
export class ScheduledDecisions implements Decider {
  constructor(private readonly scheduler: SchedulerParts) {}

  choose(branch: string, { role, count, place }: Choice): number {
    const { queue, record, hasChoice } = this.scheduler
    if (count > 1) hasChoice()
    const options = queue
      .choice(branchLabel(branch, role), role, count)
      .map(option => ({ ...option, place: () => place }))
    const picked = record.pick(options)
    return picked ? options.indexOf(picked) : 0
  }

  async checkpoint(branch: Branch, name: string, place: SourceLocation | undefined): Promise<void> {
    const { queue, changed, controls } = this.scheduler
    if (!controls(branch)) return
    const operation = labelCheckpoint(branchName(branch), roleOf(branch), name)
    const chain = `branch ${branchName(branch)}`
    await new Promise<void>(resolve => {
      queue.add({ ...operation, branch, chain, place: () => place, go: resolve })
      changed.notify()
    })
  }
}
