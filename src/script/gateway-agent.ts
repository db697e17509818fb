import { Agent, setGlobalDispatcher } from 'undici'

/** Milliseconds after which an unused socket to a gateway is closed. */
const keepAliveMs = 2_000

let agent: GatewayAgent | undefined

/**
 * Sends the requests of WebdriverIO, and those of modules: `fetch` uses it too.
 *
 * webdriver creates an agent for each session, whose sockets stay open, unless the class of the global dispatcher has
 * another name than Agent. Requests have their own deadline (`connectionRetryTimeout`).
 */
class GatewayAgent extends Agent {
  readonly #origins = new Set<string>()

  constructor() {
    super({ keepAliveTimeout: keepAliveMs, keepAliveMaxTimeout: keepAliveMs, headersTimeout: 0, bodyTimeout: 0 })
  }

  override dispatch(...args: Parameters<Agent['dispatch']>): boolean {
    this.#origins.add(String(args[0].origin))
    return super.dispatch(...args)
  }

  /** Whether it has only been used for these origins. */
  servedOnly(origins: readonly string[]): boolean {
    return [...this.#origins].every(origin => origins.includes(origin))
  }
}

/**
 * Puts back the agent that `fetch` uses. If a module used it for another server than its gateways, a new one takes its place:
 * an open connection may have been made with settings of that module.
 * @param gateways - origins of the module's gateways
 */
export function restoreGatewayAgent(gateways: readonly string[] = []): void {
  if (!agent?.servedOnly(gateways)) {
    const previous = agent
    agent = new GatewayAgent()
    void previous?.destroy()
  }
  setGlobalDispatcher(agent)
}
