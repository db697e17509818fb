import { branchName, type Branch } from '../branch/branch.js'
import type { DecisionRecord } from './decision-record.js'
import type { ExploredDevice } from './explored-device.js'
import { branchLabel, labelTimer } from './operation-labels.js'
import type { OperationQueue, WaitingOperation } from './operation-queue.js'
import type { KeptTimer } from './page-timers.js'
import type { VirtualTime, VirtualTimer } from './virtual-time.js'

/** Waits whose device has changed since they looked. */
export function pollsOf(
  time: VirtualTime,
  devices: ReadonlyMap<string, ExploredDevice>,
  queue: OperationQueue,
  placeOf: (branch: Branch) => WaitingOperation['place'],
): WaitingOperation[] {
  const timers = time.timers.filter(({ isPoll, role, changesAtStart }) => {
    return isPoll && (devices.get(role)?.changes ?? 0) > changesAtStart
  })
  return timers.map(timer => ({ ...pollOf(timer, time, queue), place: placeOf(timer.branch) }))
}

function pollOf(timer: VirtualTimer, time: VirtualTime, queue: OperationQueue): WaitingOperation {
  const { role, seq, branch } = timer
  const name = branchName(branch)
  const label = `${branchLabel(name, role)}~poll`
  const go = (): void => {
    queue.count(label)
    time.fire(timer)
  }
  return { kind: 'poll', role, entity: role, label, id: queue.nextId(label), seq, chain: `branch ${name}`, go }
}

interface TimerParts {
  fire: () => void
  queue: OperationQueue
  /** What ran: the last command to its device has led to the timer. */
  ran: DecisionRecord['ran']
}

/** A timer of a page that may run early. */
export function timerOperation(timer: KeptTimer, { fire, queue, ran }: TimerParts): WaitingOperation {
  const { role, page, round } = timer
  const operation = labelTimer(timer)
  const go = (): void => {
    queue.count(operation.label)
    fire()
  }
  const { place } = ran.findLast(each => each.kind === 'command' && each.role === role) ?? {}
  const id = queue.nextId(operation.label)
  return { ...operation, id, seq: Infinity, chain: `timer ${page} ${round}`, place, go }
}
