import { Agent, errors, setGlobalDispatcher, type Dispatcher } from 'undici'
import { maxSilenceMs } from '../process/request-heartbeat.js'
import { deviceHeader, type WorkerReport } from './worker-messages.js'

/** Milliseconds after which an unused socket to a gateway is closed. */
const keepAliveMs = 2_000

let agent: GatewayAgent | undefined

/**
 * Sends the requests of WebdriverIO, and those of modules: `fetch` uses it too.
 *
 * webdriver creates an agent for each session, whose sockets stay open, unless the class of the global dispatcher has
 * another name than Agent. Requests have their own deadline (`connectionRetryTimeout`). A gateway sends heartbeats while a
 * command takes long, so a connection on which it is silent is broken.
 */
export class GatewayAgent extends Agent {
  /** The first device whose gateway was silent; undefined: none. */
  unreachable: WorkerReport['unreachable'] | undefined
  readonly #origins = new Set<string>()

  /** @param silenceMs - milliseconds of silence after which a command fails */
  constructor(private readonly silenceMs = maxSilenceMs) {
    super({ keepAliveTimeout: keepAliveMs, keepAliveMaxTimeout: keepAliveMs, headersTimeout: 0, bodyTimeout: 0 })
  }

  override dispatch(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandlers): boolean {
    this.#origins.add(String(options.origin))
    const device = deviceOf(options.headers)
    if (device === undefined) return super.dispatch(options, handler)
    const timeouts = { headersTimeout: this.silenceMs, bodyTimeout: 2 * this.silenceMs }
    return super.dispatch({ ...options, ...timeouts }, this.#watch(handler, device))
  }

  /** Whether it has only been used for these origins. */
  servedOnly(origins: readonly string[]): boolean {
    return [...this.#origins].every(origin => origins.includes(origin))
  }

  recordUnreachable(device: string, silenceMs: number): void {
    this.unreachable ??= { device, message: `its host gave no sign of life for ${silenceMs} ms` }
  }

  #watch(handler: Dispatcher.DispatchHandlers, device: string): Dispatcher.DispatchHandlers {
    const onError = (error: Error): void => {
      if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
        this.recordUnreachable(device, this.silenceMs)
      }
      handler.onError?.call(watched, error)
    }
    const watched = Object.assign(Object.create(handler) as Dispatcher.DispatchHandlers, { onError })
    return watched
  }
}

/** The device that a request is for. @param headers - as `fetch` hands them to a dispatcher */
export function deviceOf(headers: Agent.DispatchOptions['headers']): string | undefined {
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers) return undefined
  const name = headers[deviceHeader]
  return typeof name === 'string' ? decodeURIComponent(name) : undefined
}

/** Records that a gateway was silent on another connection than those for requests. */
export function recordUnreachable(device: string, silenceMs: number): void {
  agent?.recordUnreachable(device, silenceMs)
}

/** Whether a module could not reach a device. */
export function isDeviceUnreachable(): boolean {
  return agent?.unreachable !== undefined
}

/** Which device a module could not reach, if any; forgets it. */
export function takeUnreachable(): WorkerReport['unreachable'] | undefined {
  const unreachable = agent?.unreachable
  if (agent) agent.unreachable = undefined
  return unreachable
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
