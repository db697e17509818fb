/** A WebDriver session that the host owns. The host sends plain HTTP and holds no BiDi socket. */
export interface HostSession {
  readonly id: string
  /** As the server returned them when it created the session. */
  readonly capabilities: Record<string, unknown>
  /**
   * Sends one WebDriver command.
   * @param path - below `/session/:id`, with a leading slash; '' for the session itself
   * @param timeoutMs - milliseconds until the command is given up; default 10,000
   * @returns the W3C response's `value`
   * @throws BatonError BATON_SESSION_LOST if the session or its server is gone or does not answer in time
   * @throws WebDriverError if the server answered with an error
   */
  command(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object, timeoutMs?: number): Promise<unknown>
  /**
   * Names of the commands that scripts sent since the last reset: `POST /url` for WebDriver, with `:id` for what differs
   * each time; `CDP Page.enable` for DevTools; `BiDi browser.setClientWindowState`. Left out are BiDi commands whose effect
   * the gateway has undone.
   */
  readonly usedCommands: ReadonlySet<string>
  /** Window handle → type of the last dialog that was opened there (`alert`, `confirm`, …), as far as BiDi reported it. */
  readonly dialogTypes: ReadonlyMap<string, string>
}

/** A W3C error response. `error` is the specification's error code, e.g. `invalid session id`. */
export class WebDriverError extends Error {
  constructor(
    readonly error: string,
    message: string,
  ) {
    super(message)
    this.name = 'WebDriverError'
  }
}
