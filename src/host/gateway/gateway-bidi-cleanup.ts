import { ownValue } from '../../device/references.js'
/** A WebDriver BiDi command, response or event; only the fields that are used here. */
export interface BidiMessage {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
}

export interface BidiCommand {
  method: string
  params: Record<string, unknown>
}

/** Commands that leave something in the session: the field of their response that names it, and the command that removes it. */
const cleanups: Record<string, { names: string; undo: string; as: (name: string) => Record<string, unknown> }> = {
  'network.addIntercept': { names: 'intercept', undo: 'network.removeIntercept', as: intercept => ({ intercept }) },
  'network.addDataCollector': {
    names: 'collector',
    undo: 'network.removeDataCollector',
    as: collector => ({ collector }),
  },
  'script.addPreloadScript': { names: 'script', undo: 'script.removePreloadScript', as: script => ({ script }) },
  'session.subscribe': {
    names: 'subscription',
    undo: 'session.unsubscribe',
    as: subscription => ({ subscriptions: [subscription] }),
  },
  'browser.createUserContext': {
    names: 'userContext',
    undo: 'browser.removeUserContext',
    as: userContext => ({ userContext }),
  },
}

/** Commands that override a setting, and the parameters that end the override. */
const overrides: Record<string, Record<string, unknown>> = {
  'browser.setDownloadBehavior': { downloadBehavior: null },
  'browsingContext.setViewport': { viewport: null, devicePixelRatio: null },
  'emulation.setForcedColorsModeThemeOverride': { theme: null },
  'emulation.setGeolocationOverride': { coordinates: null },
  'emulation.setLocaleOverride': { locale: null },
  'emulation.setNetworkConditions': { networkConditions: null },
  'emulation.setScreenOrientationOverride': { screenOrientation: null },
  'emulation.setScriptingEnabled': { enabled: null },
  'emulation.setTimezoneOverride': { timezone: null },
  'emulation.setTouchOverride': { maxTouchPoints: null },
  'emulation.setUserAgentOverride': { userAgent: null },
  'network.setCacheBehavior': { cacheBehavior: 'default' },
  'network.setExtraHeaders': { headers: [] },
}

/** How to continue a request that an intercept blocks, by the event that reported it. */
const continuations: Record<string, (request: string) => BidiCommand> = {
  'network.beforeRequestSent': request => ({ method: 'network.continueRequest', params: { request } }),
  'network.responseStarted': request => ({ method: 'network.continueResponse', params: { request } }),
  'network.authRequired': request => ({ method: 'network.continueWithAuth', params: { request, action: 'cancel' } }),
}

/** Commands that would end what belongs to the host. */
const ownedByHost = new Set(['session.end', 'session.new', 'browser.close'])

export function endsOwnedSession(message: BidiMessage): boolean {
  return message.method !== undefined && ownedByHost.has(message.method)
}

/**
 * What one BiDi connection has left in its session. BiDi state belongs to the session, not to the connection: an
 * intercept whose client is gone blocks every matching request forever.
 */
export class BidiCleanup {
  readonly #pending = new Map<number, string>()
  readonly #cleanup = new Map<string, BidiCommand>()
  readonly #overrides = new Map<string, BidiCommand>()
  readonly #blocked = new Map<string, BidiCommand>()

  /** Whether commands of the client still wait for their responses. */
  get hasPendingCommands(): boolean {
    return this.#pending.size > 0
  }

  /** @returns whether the clean-up undoes what the command does, or its window ends it */
  trackCommand(message: BidiMessage): boolean {
    const { id, method, params } = message
    if (id === undefined || method === undefined) return false
    this.#pending.set(id, method)
    const neutral = ownValue(overrides, method)
    if (neutral && !isForWindows(params)) this.#trackOverride(method, neutral, params)
    for (const [key, { method: undo, params: undoParams }] of this.#cleanup) {
      if (undo === method && JSON.stringify(undoParams) === JSON.stringify(params)) this.#cleanup.delete(key)
    }
    if (typeof params?.['request'] === 'string') this.#blocked.delete(params['request'])
    return neutral !== undefined || Object.hasOwn(cleanups, method)
  }

  trackSessionMessage(message: BidiMessage): void {
    if (message.id === undefined) this.#trackBlocked(message)
    else this.#trackResponse(message.id, message.result)
  }

  /** The commands that continue the requests that are blocked now. More may follow until the intercepts are removed. */
  takeBlockedRequests(): BidiCommand[] {
    const held = [...this.#blocked.values()]
    this.#blocked.clear()
    return held
  }

  /** The commands that remove what the client added. An error in response means that there was nothing left to remove. */
  removalCommands(): BidiCommand[] {
    return [...this.#cleanup.values()]
  }

  /** The commands that end overrides. After an error in response, the override may still be there. */
  overrideCommands(): BidiCommand[] {
    return [...this.#overrides.values()]
  }

  #trackOverride(method: string, neutral: Record<string, unknown>, params: BidiMessage['params']): void {
    const userContexts = params?.['userContexts']
    const scope = userContexts === undefined ? {} : { userContexts }
    this.#overrides.set(`${method} ${JSON.stringify(scope)}`, { method, params: { ...neutral, ...scope } })
  }

  #trackResponse(id: number, result: Record<string, unknown> | undefined): void {
    const method = this.#pending.get(id)
    this.#pending.delete(id)
    const entry = method === undefined ? undefined : ownValue(cleanups, method)
    const name = entry && result?.[entry.names]
    if (entry && typeof name === 'string') {
      this.#cleanup.set(`${entry.undo} ${name}`, { method: entry.undo, params: entry.as(name) })
    }
  }

  #trackBlocked({ method = '', params }: BidiMessage): void {
    const request = params?.['request']
    const continuation = ownValue(continuations, method)
    if (params?.['isBlocked'] !== true || !continuation || typeof request !== 'object' || request === null) return
    const name: unknown = Reflect.get(request, 'request')
    if (typeof name === 'string') this.#blocked.set(name, continuation(name))
  }
}

/** The override ends with the windows that it is for. */
function isForWindows(params: BidiMessage['params']): boolean {
  return typeof params?.['context'] === 'string' || Array.isArray(params?.['contexts'])
}
