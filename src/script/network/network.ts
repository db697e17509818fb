import { inspect } from 'node:util'
import { BatonError, formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { callerPlace } from '../caller-place.js'
import type { DeviceScope } from '../device-scope.js'
import { requireScope, type AttachedRole, type ModuleContext } from '../module-context.js'
import { requireRole } from '../require-role.js'
import { HeldMessages, PendingHold } from './held-messages.js'
import { parsePattern, type MessagePattern } from './message-pattern.js'
import { sendNetworkCommand } from './network-client.js'
import type { NetworkCommand, NetworkReply } from './network-command.js'
import type { MessageMatch, NetworkMessage } from './network-message.js'

export interface PatternOptions {
  /** Only the nth message that matches, from 1. Default: all. */
  nth?: number
}

export interface WaitForMessageOptions {
  /** The nth message of the test that matches, from 1. Default: 1. */
  nth?: number
  /** Milliseconds. Default: until the test itself times out. */
  timeout?: number
}

/** How long one request for a message waits before it is repeated, in milliseconds. */
const pollMs = 10_000
let lastRule = 0

/**
 * Returns the network of one device of the module: what is between its browser or app and the servers. Everything that a
 * test changes there is put back when the test ends, however it ends.
 *
 * @param role - a role of this module
 * @throws BatonError BATON_DEVICE_UNKNOWN if the module has no such role, BATON_NO_TEST outside a test
 */
export function network(role: string): RoleNetwork {
  const act = `network(${inspect(role)})`
  const { context, scope } = requireScope(act)
  const place = callerPlace(context)
  const attached = requireRole(context, role, place, act)
  if (!context.network.isInTest) {
    throw new BatonError('BATON_NETWORK_USAGE', `${act} was used outside a test: it is put back when a test ends`, {
      ...(place ? { place } : {}),
      hint: 'use it in a test, in beforeEach or in afterEach',
    })
  }
  return new RoleNetwork(role, attached, context, scope)
}

/** The network of one device, for the rest of the test. Every method throws BATON_NETWORK_UNAVAILABLE if it has no proxy. */
export class RoleNetwork {
  readonly #role: string
  readonly #attached: AttachedRole
  readonly #context: ModuleContext
  readonly #scope: DeviceScope

  constructor(role: string, attached: AttachedRole, context: ModuleContext, scope: DeviceScope) {
    this.#role = role
    this.#attached = attached
    this.#context = context
    this.#scope = scope
  }

  /** Cuts all connections of the device and refuses new ones. */
  async offline(): Promise<void> {
    await this.#act('offline', { do: 'offline' })
  }

  /** Lets the device connect again. */
  async online(): Promise<void> {
    await this.#act('online', { do: 'online' })
  }

  /**
   * Delays each request, WebSocket message and event, or those that match. Their order stays.
   * @param ms - milliseconds; 0 ends the delay of all messages
   */
  async delay(ms: number, pattern?: MessagePattern): Promise<void> {
    const what = pattern === undefined ? `delay ${ms} ms` : `delay ${label(pattern)} by ${ms} ms`
    if (!Number.isFinite(ms) || ms < 0) throw this.#usage(`delay(${inspect(ms)}): expected milliseconds, 0 or more`)
    if (pattern === undefined) await this.#act(what, { do: 'delay', ms })
    else await this.#addRule(what, { action: 'delay', match: this.#match('delay', pattern), ms })
  }

  /**
   * Limits the speed of the device's connections, in each direction.
   * @param kbps - kilobits per second; Infinity: unlimited
   */
  async throttle(kbps: number): Promise<void> {
    if (typeof kbps !== 'number' || !(kbps > 0)) {
      throw this.#usage(`throttle(${inspect(kbps)}): expected kilobits per second, above 0`)
    }
    await this.#act(`throttle ${kbps} kbit/s`, { do: 'throttle', ...(kbps !== Infinity && { kbps }) })
  }

  /** Drops messages. For a request or a response, that cuts its connection, as a network does that fails. */
  async drop(pattern: MessagePattern, options: PatternOptions = {}): Promise<void> {
    const match = this.#match('drop', pattern)
    await this.#addRule(`drop ${label(pattern, options)}`, { action: 'drop', match, ...this.#nth('drop', options) })
  }

  /**
   * Holds messages at the device's proxy until they are released. Messages behind them on the same connection wait too.
   * @returns the held messages, to await: from then on, the messages are held
   */
  hold(pattern: MessagePattern, options: PatternOptions = {}): PendingHold {
    const match = this.#match('hold', pattern)
    const what = label(pattern, options)
    const id = nextRule()
    const nth = this.#nth('hold', options)
    const added = this.#act(`hold ${what}`, { do: 'add-rule', id, action: 'hold', match, ...nth })
    return new PendingHold(
      added.then(
        ({ position = 0 }) =>
          new HeldMessages({
            release: async () => (await this.#act(`release ${what}`, { do: 'end-rule', id })).held ?? 0,
            arrived: async () =>
              this.#poll(`${what} to be held`, undefined, timeoutMs => ({ do: 'await-held', id, timeoutMs })),
            seen: async other => this.#seen('until', this.#match('until', other), position, {}),
          }),
      ),
    )
  }

  /** Waits until a message has passed; returns it at once if that was since the test began. */
  async waitFor(pattern: MessagePattern, options: WaitForMessageOptions = {}): Promise<NetworkMessage> {
    return this.#seen(label(pattern), this.#match('waitFor', pattern), 0, options)
  }

  /** Returns the messages since the test began, oldest first; at most the latest 2,000. */
  async messages(pattern?: MessagePattern): Promise<NetworkMessage[]> {
    const match = pattern === undefined ? {} : { match: this.#match('messages', pattern) }
    const { messages = [] } = await this.#send({ do: 'messages', sinceMs: this.#context.network.sinceTestMs, ...match })
    return messages
  }

  /** Undoes everything now. The messages are forgotten. */
  async reset(): Promise<void> {
    await this.#act('reset', { do: 'restore' })
  }

  async #seen(
    what: string,
    match: MessageMatch,
    after: number,
    { nth = 1, timeout }: WaitForMessageOptions,
  ): Promise<NetworkMessage> {
    this.#nth('waitFor', { nth })
    if (timeout !== undefined && !(Number.isFinite(timeout) && timeout > 0)) {
      throw this.#usage(`waitFor: expected a timeout in milliseconds, above 0, found ${inspect(timeout)}`)
    }
    const { network } = this.#context
    return this.#poll(what, timeout, timeoutMs => {
      return { do: 'await-message', match, nth, after, sinceMs: network.sinceTestMs, timeoutMs }
    })
  }

  /** Repeats a command until its reply has a message. */
  async #poll(
    what: string,
    timeout: number | undefined,
    command: (timeoutMs: number) => NetworkCommand,
  ): Promise<NetworkMessage> {
    const place = callerPlace(this.#context)
    const start = performance.now()
    for (;;) {
      const leftMs = (timeout ?? Infinity) - (performance.now() - start)
      const { message } = await this.#send(command(Math.ceil(Math.max(0, Math.min(pollMs, leftMs)))))
      if (message) return message
      if (leftMs > pollMs && !this.#scope.closed) continue
      const text = `${this.#role} waited for ${what}${timeout === undefined ? '' : ` for ${timeout} ms`}, and no such message came`
      throw new BatonError('BATON_NETWORK_TIMEOUT', text, {
        device: this.#attached.session.device.name,
        hint: `print await network('${this.#role}').messages() to see what its proxy saw`,
        ...(place ? { place } : {}),
      })
    }
  }

  async #addRule(
    what: string,
    rule: Omit<Extract<NetworkCommand, { do: 'add-rule' }>, 'do' | 'id'>,
  ): Promise<NetworkReply> {
    return this.#act(what, { do: 'add-rule', id: nextRule(), ...rule })
  }

  /** Changes something, which the report shows. */
  async #act(what: string, command: NetworkCommand): Promise<NetworkReply> {
    const place = callerPlace(this.#context)
    const device = this.#attached.session.device.name
    const reply = await this.#send(command)
    const where = place ? { place: formatLocation(place) } : {}
    this.#context.emit({ type: 'network', role: this.#role, device, act: what, ...where })
    return reply
  }

  async #send(command: NetworkCommand): Promise<NetworkReply> {
    this.#context.network.use(this.#attached.session)
    return sendNetworkCommand(this.#attached.session, command)
  }

  #match(call: string, pattern: MessagePattern): MessageMatch {
    const parsed = parsePattern(pattern)
    if ('match' in parsed) return parsed.match
    throw this.#usage(`${call}(): ${parsed.problem}`)
  }

  #nth(call: string, { nth }: PatternOptions): { nth?: number } {
    if (nth === undefined) return {}
    if (Number.isInteger(nth) && nth > 0) return { nth }
    throw this.#usage(`${call}(): expected 'nth' to be a whole number, 1 or more, found ${inspect(nth)}`)
  }

  #usage(problem: string): BatonError {
    const place: SourceLocation | undefined = callerPlace(this.#context)
    return new BatonError('BATON_NETWORK_USAGE', `network('${this.#role}').${problem}`, place ? { place } : {})
  }
}

function nextRule(): string {
  lastRule += 1
  return `rule-${lastRule}`
}

function label(pattern: MessagePattern, { nth }: PatternOptions = {}): string {
  const text = typeof pattern === 'string' ? `'${pattern}'` : inspect(pattern, { breakLength: Infinity })
  return nth === undefined ? text : `${text} (only number ${nth})`
}
