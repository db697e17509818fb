import { execFile } from 'node:child_process'
import { errorMessage } from '../error/error-text.js'

/** What systemd sets for a service, and what its children must not inherit: they would speak for the service. */
const variables = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const
const timeoutMs = 10_000

/**
 * Notifies systemd when the host is ready, still works, and stops. Uses `systemd-notify`, because Node has no datagram sockets of Unix;
 * so the unit needs `NotifyAccess=all`. Without systemd it does nothing.
 */
export class ServiceManager {
  readonly #env: NodeJS.ProcessEnv
  /** Milliseconds between two signs of life; undefined if none are expected. */
  readonly #watchdogMs: number | undefined
  #watchdog: NodeJS.Timeout | undefined
  #failed = false

  /**
   * @param env - of this process; the variables of systemd are removed from it
   * @param log - takes one line if systemd can't be notified
   */
  constructor(
    env: NodeJS.ProcessEnv,
    private readonly log: (line: string) => void,
  ) {
    this.#env = { ...env }
    const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid } = env
    const isMine = pid === undefined || pid === String(process.pid)
    if (microseconds !== undefined && isMine && Number(microseconds) > 0)
      this.#watchdogMs = Number(microseconds) / 2_000
    for (const name of variables) Reflect.deleteProperty(env, name)
  }

  /** Whether a service manager runs this process, even if it expects no notifications. */
  get isThere(): boolean {
    return Boolean(this.#env['NOTIFY_SOCKET'] ?? this.#env['INVOCATION_ID'])
  }

  ready(): void {
    this.#notify('READY=1')
    if (this.#watchdogMs === undefined) return
    // From a timer, so that an event loop that hangs is noticed.
    this.#watchdog = setInterval(() => this.#notify('WATCHDOG=1'), this.#watchdogMs).unref()
  }

  /** Closing may take long, so signs of life continue. */
  stopping(): void {
    this.#notify('STOPPING=1')
  }

  close(): void {
    clearInterval(this.#watchdog)
  }

  #notify(state: string): void {
    if (!this.#env['NOTIFY_SOCKET']) return
    execFile('systemd-notify', [state], { env: this.#env, timeout: timeoutMs }, error => {
      if (!error || this.#failed) return
      this.#failed = true
      this.log(`could not send ${state} to systemd: ${errorMessage(error)}`)
    })
  }
}
