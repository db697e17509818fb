import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import { backoffMs } from '../../process/backoff.js'
import { startAppiumServer, type AppiumOptions, type AppiumServer, type StartingAppium } from './appium-server.js'

/** A caller that waits for the server's URL. */
interface Waiting {
  resolve: (url: string) => void
  reject: (error: BatonError) => void
  deadline: NodeJS.Timeout
}

/** Keeps one Appium server running: if it ends by itself it is restarted, after growing pauses while that fails. */
export class AppiumSupervisor implements AsyncDisposable {
  /** Called if it ends by itself: its sessions are lost. `reason` has its last lines. */
  onEnded: (reason: string) => void = () => {}
  /** Rejects with a BatonError BATON_APPIUM_FAILED if the first start fails: another attempt would fail the same way. */
  readonly started: Promise<void>
  #server: AppiumServer | undefined
  #failures = 0
  #lastReason = ''
  #stopping = false
  #backoff: NodeJS.Timeout | undefined
  #starting: Promise<unknown> | undefined
  #cancelStart: () => void
  readonly #waiting = new Set<Waiting>()

  private constructor(
    private readonly options: AppiumOptions,
    first: StartingAppium,
  ) {
    this.#cancelStart = first.cancel
    this.started = first.listening.then(server => this.#accept(server))
    this.#starting = this.started.catch(() => {})
  }

  /**
   * @returns once the server's process runs; it may take a second until it listens
   * @throws BatonError BATON_TOOL_MISSING if a driver is not installed
   */
  static async start(options: AppiumOptions): Promise<AppiumSupervisor> {
    return new AppiumSupervisor(options, await startAppiumServer(options))
  }

  /** Process id of the running server. */
  get pid(): number | undefined {
    return this.#server?.pid
  }

  /**
   * Base URL of the server, once it is up.
   * @param timeoutMs - milliseconds to wait for a restart
   * @throws BatonError BATON_APPIUM_FAILED if it is not up in time
   */
  async url(timeoutMs = 60_000): Promise<string> {
    if (this.#server) return this.#server.url
    if (this.#stopping) throw stopped()
    return new Promise<string>((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#waiting.delete(waiting)
        reject(new BatonError('BATON_APPIUM_FAILED', `Appium was not up within ${timeoutMs} ms: ${this.#lastReason}`))
      }, timeoutMs)
      const waiting: Waiting = { resolve, reject, deadline }
      this.#waiting.add(waiting)
    })
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#backoff)
    this.#settleWaiting(({ reject }) => reject(stopped()))
    // It has no session yet.
    if (!this.#server) this.#cancelStart()
    await this.#starting
    await this.#server?.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #accept(server: AppiumServer): void {
    this.#server = server
    const upSince = Date.now()
    this.#settleWaiting(({ resolve }) => resolve(server.url))
    void server.ended.then(reason => {
      this.#server = undefined
      if (this.#stopping) return
      if (Date.now() - upSince > stableAfterMs) this.#failures = 0
      this.#lastReason = reason
      this.onEnded(reason)
      this.#restartLater()
    })
  }

  #settleWaiting(settle: (waiting: Waiting) => void): void {
    for (const waiting of this.#waiting) {
      clearTimeout(waiting.deadline)
      settle(waiting)
    }
    this.#waiting.clear()
  }

  #restartLater(): void {
    this.#backoff = setTimeout(
      () => {
        this.#starting = this.#restart()
      },
      backoffMs(this.#failures, restart),
    )
    this.#failures += 1
  }

  async #restart(): Promise<void> {
    try {
      const server = await startAppiumServer(this.options)
      this.#cancelStart = server.cancel
      if (this.#stopping) server.cancel()
      this.#accept(await server.listening)
    } catch (error) {
      this.#lastReason = errorMessage(error)
      if (!this.#stopping) this.#restartLater()
    }
  }
}

/** A server that ran this long had started successfully. Milliseconds. */
const stableAfterMs = 60_000
/** Pauses before the next start; the first restart is at once. */
const restart = { firstMs: 500, maxMs: 10_000 }

function stopped(): BatonError {
  return new BatonError('BATON_APPIUM_FAILED', 'Appium was stopped')
}
