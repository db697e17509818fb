import type { Operation, Strategy } from '../operation.js'
import { choiceOf } from '../operation-id.js'
import type { Hold } from '../schedule.js'
import { firstOf } from './highest.js'

/**
 * Natural order with holds: an operation is kept back until another one has run, or until nothing else can. An operation
 * may have several holds.
 */
export function replayHolds(holds: readonly Hold[]): Strategy {
  const ran = new Set<string>()
  const isHeld = (id: string, { operation, until }: Hold): boolean =>
    operation === id || (operation === choiceOf(id) && until !== id)
  const isFree = ({ id }: Operation): boolean => holds.every(hold => !isHeld(id, hold) || ran.has(hold.until))
  return {
    pick: enabled => enabled.find(isFree) ?? firstOf(enabled),
    awaitsOthers: enabled => !enabled.some(isFree),
    ran: ({ id }) => void ran.add(id),
  }
}
