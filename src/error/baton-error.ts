import { codes, type ErrorCode } from './codes.js'

/** Where in the user's files something is wrong; line and column count from 1. */
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
 * Every error that Baton itself raises. `code` says what happened and, through the table in `codes.ts`,
 * what is done about it; the message says what was expected and what was found.
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

  /** The text for people: code, place, message, hint; no stack. */
  format(): string {
    const at = this.place ? `${formatLocation(this.place)}: ` : ''
    const hint = this.hint ? `\nHINT: ${this.hint}` : ''
    return `${this.code}: ${at}${this.message}${hint}`
  }
}

/** `file:line:column`, as editors and terminals make links of. */
export function formatLocation(place: SourceLocation): string {
  return [place.file, place.line, place.column].filter(part => part !== undefined).join(':')
}

/** Several faults found together and reported together, so that nobody has to mend them one run at a time. */
export class BatonErrors extends AggregateError {
  declare readonly errors: BatonError[]

  constructor(errors: BatonError[]) {
    super(errors, errors.map(error => error.format()).join('\n\n'))
    this.name = 'BatonErrors'
  }
}
