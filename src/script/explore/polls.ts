import { branchName } from '../branch/branch.js'
import type { ExploredDevice } from './explored-device.js'
import { branchLabel } from './operation-labels.js'
import type { OperationQueue, WaitingOperation } from './operation-queue.js'
import type { VirtualTime, VirtualTimer } from './virtual-time.js'

/** Waits whose device has changed since they looked. */
export function pollsOf(
  time: VirtualTime,
  devices: ReadonlyMap<string, ExploredDevice>,
  queue: OperationQueue,
): WaitingOperation[] {
  const timers = time.timers.filter(({ isPoll, role, changesAtStart }) => {
    return isPoll && (devices.get(role)?.changes ?? 0) > changesAtStart
  })
  return timers.map(timer => pollOf(timer, time, queue))
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
