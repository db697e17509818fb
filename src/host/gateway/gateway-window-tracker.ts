import type { BidiMessage } from './gateway-bidi-cleanup.js'

/**
 * Notices that a script ended its session by closing its last window, however it did that: `closeWindow()`, `window.close()` in
 * the page, a BiDi command. ChromeDriver then ends the session, and every further command fails as it would after a crash of the
 * browser. The commands before show which it was: no window is closed before a crash.
 */
export class WindowTracker {
  #commands = 0
  /** The number of commands sent before a window was closed; undefined if a later one was answered, so that windows are left. */
  #closedAt: number | undefined

  /** The last window that the session had is closed, as far as is known. */
  get lastWindowClosed(): boolean {
    return this.#closedAt !== undefined
  }

  /** A command is sent. @returns its number, for `commandAnswered` */
  commandSent(): number {
    return ++this.#commands
  }

  /** The session answered a command, so it is alive. */
  commandAnswered(number: number): void {
    if (this.#closedAt !== undefined && number > this.#closedAt) this.#closedAt = undefined
  }

  /** A window was closed; whether others are left is not known. */
  windowClosed(): void {
    this.#closedAt = this.#commands
  }

  /** @param answer - of `DELETE /session/:id/window`: the handles of the windows that are left */
  windowDeleted(answer: unknown): void {
    const handles: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'value') : undefined
    if (!Array.isArray(handles)) return
    if (handles.length === 0) this.windowClosed()
    else this.#closedAt = undefined
  }
}

/** Reports to a window tracker what happens on one BiDi connection. */
export class BidiWindowWatch {
  readonly #numbers = new Map<number, number>()
  readonly #closing = new Set<number>()

  constructor(private readonly windows: WindowTracker) {}

  /** @param message - from the client */
  trackCommand({ id, method }: BidiMessage): void {
    if (id === undefined) return
    this.#numbers.set(id, this.windows.commandSent())
    if (method === 'browsingContext.close') this.#closing.add(id)
  }

  /** @param message - from the session. @returns whether it reports that a window was closed */
  trackSessionMessage({ id, method, params, result }: BidiMessage): boolean {
    if (id === undefined) {
      const isWindow = method === 'browsingContext.contextDestroyed' && params?.['parent'] === null
      if (isWindow) this.windows.windowClosed()
      return isWindow
    }
    const number = this.#numbers.get(id)
    const isClosed = this.#closing.delete(id) && result !== undefined
    this.#numbers.delete(id)
    if (isClosed) this.windows.windowClosed()
    else if (number !== undefined && result !== undefined) this.windows.commandAnswered(number)
    return isClosed
  }
}
