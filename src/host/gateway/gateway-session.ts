import { randomUUID } from 'node:crypto'
import type { WebDriverEndpoint } from '../../device/driver/session-capability.js'
import { isServedByAppium, parseUpstream, type Upstream } from '../appium/appium-upstream.js'
import { WindowTracker } from './gateway-window-tracker.js'

/** A session that its host opened. */
export interface OpenSession {
  id: string
  /** Base URL of the Appium server that runs it. */
  appium: string
  /** Takes all commands but Appium's own; absent: Appium takes all. */
  direct?: WebDriverEndpoint | undefined
  /** As Appium returned them. */
  capabilities: Record<string, unknown>
  /** What the host asked Appium for. */
  requested?: Record<string, unknown>
}

/** Where a request is forwarded. */
export interface Target {
  upstream: Upstream
  /** Path and query. */
  url: string
}

/** The open session of a device, as the gateway needs it. */
export class ProxiedSession {
  readonly windows = new WindowTracker()
  readonly capabilities: Record<string, unknown>
  readonly requested: Record<string, unknown> | undefined
  /** Where BiDi connections lead; absent if the session has no BiDi. */
  readonly bidi: Target | undefined
  readonly #appium: Upstream
  readonly #direct: (Upstream & { sessionId: string }) | undefined
  readonly #appiumId: string
  #id: string

  constructor({ id, appium, direct, capabilities, requested }: OpenSession) {
    this.#id = this.#appiumId = id
    this.#appium = parseUpstream(appium)
    this.#direct = direct && { ...parseUpstream(direct.url), sessionId: direct.sessionId }
    this.capabilities = capabilities
    this.requested = requested
    const { webSocketUrl } = capabilities
    if (typeof webSocketUrl === 'string') {
      this.bidi = this.#direct
        ? { upstream: this.#direct, url: `/session/${this.#direct.sessionId}` }
        : { upstream: this.#appium, url: new URL(webSocketUrl).pathname }
    }
  }

  /** Its id for workers: the server's, or another one since a script has ended the session. */
  get id(): string {
    return this.#id
  }

  /** For its script the session has ended. Code that knows its old id can't use it any more. @returns the old id */
  rename(): string {
    const old = this.#id
    this.#id = randomUUID()
    return old
  }

  /**
   * Where a command is forwarded.
   * @param path - below `/session/:id`, without slashes at the end
   * @param url - as in the request line
   */
  targetOf(method: string, path: string, url: string): Target {
    const direct = isServedByAppium(method, path) ? undefined : this.#direct
    const id = direct ? direct.sessionId : this.#appiumId
    return { upstream: direct ?? this.#appium, url: url.replace(/^\/session\/[^/?#]+/, () => `/session/${id}`) }
  }
}
