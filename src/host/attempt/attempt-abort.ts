/** Why an attempt was stopped before its end. */
export type AttemptAbort =
  | { type: 'lease-lost'; reason: string }
  | { type: 'device-lost'; device: string; reason: string }
  | { type: 'cancelled'; reason: string }
  | { type: 'host-stopping' }

/** How much each decides about the outcome. */
const strength: Record<AttemptAbort['type'], number> = {
  'lease-lost': 3,
  cancelled: 2,
  'device-lost': 1,
  'host-stopping': 0,
}

/** @returns the one of the two that decides about the outcome; the first, if both decide alike */
export function strongerAbort(first: AttemptAbort | undefined, second: AttemptAbort): AttemptAbort {
  return first && strength[first.type] >= strength[second.type] ? first : second
}

/** The reason of the signal that stops an attempt. */
export class AttemptAborted extends Error {
  constructor(readonly abort: AttemptAbort) {
    super(abort.type === 'host-stopping' ? 'the host is stopping' : abort.reason)
    this.name = 'AttemptAborted'
  }
}

/** Why the signal was aborted; undefined if it was not. */
export function abortOf({ aborted, reason }: AbortSignal): AttemptAbort | undefined {
  if (!aborted) return undefined
  return reason instanceof AttemptAborted ? reason.abort : { type: 'host-stopping' }
}
