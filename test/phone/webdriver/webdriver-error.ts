const statuses = {
  'no such element': 404,
  'stale element reference': 404,
  'no such alert': 404,
  'unknown command': 404,
  'invalid session id': 404,
  'invalid selector': 400,
  'invalid argument': 400,
  'invalid element state': 400,
} as const

/** A W3C error. */
export class WebDriverError extends Error {
  readonly status: number

  constructor(
    readonly code: keyof typeof statuses,
    message: string,
  ) {
    super(message)
    this.status = statuses[code]
  }
}
