/**
 * BullMQ's key and field names, as far as Baton reads or writes them without BullMQ. BullMQ promises nothing about them: its
 * version is pinned, and `test/integration/queue/layout.test.ts` fails if one of these no longer holds.
 */
export const bullNames = {
  wait: 'wait',
  active: 'active',
  prioritized: 'prioritized',
  delayed: 'delayed',
  completed: 'completed',
  failed: 'failed',
  stalled: 'stalled',
  stalledCheck: 'stalled-check',
  meta: 'meta',
  events: 'events',
  /** Field of `meta`. */
  pausedField: 'paused',
  /** Fields of a job's hash. */
  nameField: 'name',
  dataField: 'data',
  attemptsField: 'atm',
  timestampField: 'timestamp',
  failedReasonField: 'failedReason',
  returnValueField: 'returnvalue',
  /** Baton's own: the module's result, where its job has failed. BullMQ has `returnvalue` for the others. */
  resultField: 'result',
  /** After a job's key. */
  lockSuffix: ':lock',
  logsSuffix: ':logs',
  /** Scores of `delayed` are milliseconds times this, plus a counter. */
  delayedFactor: 4096,
} as const

type KeyName = 'wait' | 'active' | 'prioritized' | 'delayed' | 'failed' | 'stalled' | 'stalledCheck' | 'meta' | 'events'

/** The Redis key of a job's hash. */
export function jobKey(prefix: string, queue: string, jobId: string): string {
  return `${prefix}:${queue}:${jobId}`
}

/** The Redis key of one of a queue's parts. */
export function queueKey(prefix: string, queue: string, name: KeyName): string {
  return `${prefix}:${queue}:${bullNames[name]}`
}
