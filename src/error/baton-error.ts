import { codes, type ErrorCode } from './codes.js'

/** A position in one of the user's files. Lines and columns count from 1. */
export interface SourceLocation {
  file: string
  line?: number
  column?: number
}

export interface BatonErrorDetails {
  /** What to do now; printed as `HINT: …`. */
  hint?: string
  place?: SourceLocation
  /** Name of the device concerned. */
  device?: string
  cause?: unknown
}

/**
 * Every error that Baton itself throws. `code` names the kind of error; its class, in `codes.ts`, decides what happens next.
 * The message contains what was expected and what was found.
 */
export class BatonError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly place: SourceLocation | undefined
  readonly device: string | undefined

  constructor(code: ErrorCode, message: string, details: BatonErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = codes[code].class
    this.code = code
    this.hint = details.hint
    this.place = details.place
    this.device = details.device
  }

  /** Code, location, message and hint, without a stack. */
  format(): string {
    const at = this.place ? `${formatLocation(this.place)}: ` : ''
    const hint = this.hint ? `\nHINT: ${this.hint}` : ''
    return `${this.code}: ${at}${this.message}${hint}`
  }
}

/** `file:line:column`, which editors and terminals turn into links. */
export function formatLocation(place: SourceLocation): string {
  return [place.file, place.line, place.column].filter(part => part !== undefined).join(':')
}

/** Several errors that are reported together, so that they can all be fixed before the next run. */
export class BatonErrors extends AggregateError {
  declare readonly errors: BatonError[]

  constructor(errors: BatonError[]) {
    super(errors, errors.map(error => error.format()).join('\n\n'))
    this.name = 'BatonErrors'
  }
}

/** Several errors as one that can be thrown. If one of them is not a BatonError, it is a bug and is returned alone, with its stack. */
export function combineErrors(errors: readonly unknown[]): unknown {
  const all = errors.flatMap(error => (error instanceof BatonErrors ? error.errors : [error]))
  const bug = all.find(error => !(error instanceof BatonError))
  return bug ?? new BatonErrors(all.filter(error => error instanceof BatonError))
}

/** Sorts by file, line and column, without repeats. Errors without a location come first. */
export function sortByLocation(errors: readonly BatonError[]): BatonError[] {
  const byText = new Map(errors.map(error => [error.format(), error]))
  const key = ({ place }: BatonError): [string, number, number] => [
    place?.file ?? '',
    place?.line ?? 0,
    place?.column ?? 0,
  ]
  return [...byText.values()].toSorted((a, b) => {
    const [fileA, lineA, columnA] = key(a)
    const [fileB, lineB, columnB] = key(b)
    return fileA < fileB ? -1 : fileA > fileB ? 1 : lineA - lineB || columnA - columnB
  })
}

/**
 * Waits until all have settled, so that nothing is still running unnoticed.
 * @throws the error of the one that rejected; if several did, their errors as `combineErrors` puts them together
 */
export async function allSettledOrThrow(works: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(works)
  const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : combineErrors(errors)
}

/** @returns a clear error if Redis refused a command; any other error unchanged */
export function redisError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BatonError) return error
  if (/\bOOM command not allowed/.test(error.message)) {
    return new BatonError('BATON_REDIS', `Redis is out of memory: ${error.message}`, {
      hint: 'raise its maxmemory, or stop runs that fill it (baton follow RUN --cancel); hosts continue by themselves',
      cause: error,
    })
  }
  if (/\bREADONLY\b/.test(error.message)) {
    return new BatonError('BATON_REDIS', `Redis is a replica, which cannot be written to: ${error.message}`, {
      hint: 'name the primary Redis. If Sentinel watches it, name the sentinels, to follow it: redis://SENTINEL?sentinel=NAME',
      cause: error,
    })
  }
  // What Redis answers, and not what ioredis says about the connection.
  if (error.name !== 'ReplyError') return error
  return new BatonError('BATON_REDIS', `Redis refused a command: ${error.message}`, {
    hint: 'check the rights of its user, and that nothing but Baton writes to the keys of the farm',
    cause: error,
  })
}
