/**
 * What can happen next while a module is explored. `command`: a branch sends a command to its device. `poll`: a wait of a
 * branch looks again, because its device has changed. `timer`: a timer of a page runs early. `choice`, `checkpoint`: calls of `choose` and
 * `checkpoint`; each value of a choice is an operation, and only one of them runs. The others are messages between a device and its servers, as in `NetworkMessage`.
 */
export type OperationKind =
  | 'command'
  | 'poll'
  | 'timer'
  | 'choice'
  | 'checkpoint'
  | 'request'
  | 'response'
  | 'open'
  | 'sent'
  | 'received'
  | 'close'
  | 'event'
  | 'connect'

const otherKinds: readonly OperationKind[] = ['command', 'poll', 'timer', 'choice', 'checkpoint']

/** Whether it is a message between a device and its servers. */
export function isMessageKind(kind: OperationKind): boolean {
  return !otherKinds.includes(kind)
}

/** Something that waits until the scheduler lets it happen. */
export interface Operation {
  /**
   * Its name in this iteration, and in every other one in which the same thing happens: `alice:elementClick #send`,
   * `alice>POST /send`, `bob<received /chat read #2`. Never a connection, a port, an id or a query.
   */
  readonly id: string
  readonly kind: OperationKind
  /** Role of the device. */
  readonly role: string
  /** What it reads or changes: two operations with the same one depend on each other. A role, or `server`. */
  readonly entity: string
  /** Operations that cause one another: a branch's commands; a request, its response and what that leads to. */
  readonly chain: string
  /** The order in which operations became possible. */
  readonly seq: number
}

/** Decides what happens next. Made anew for each iteration; the same seed and the same operations give the same choices. */
export interface Strategy {
  /** @param enabled - what can happen now, at least one, in natural order: messages first, then polls, commands, timers of pages; the oldest first */
  pick(enabled: readonly Operation[]): Operation
  /** Whether it would rather choose something that can't happen yet. It is asked again, a few times. */
  awaitsOthers?(enabled: readonly Operation[]): boolean
  /** Called after each pick, also if there was nothing to choose. */
  ran?(operation: Operation, enabled: readonly Operation[]): void
}
