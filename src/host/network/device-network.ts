import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { matchesMessage, type MessageMatch, type NetworkMessage } from '../../script/network/network-message.js'
import { MessageCounter } from './message-counter.js'
import { MessageLog } from './message-log.js'
import { RateLimiter } from './rate-limiter.js'

/** What becomes of a message at the proxy. */
export type Verdict = 'pass' | 'drop'

/** What a script asked for, for the messages that match. */
export interface NetworkRule {
  /** Unique for the device; chosen by the worker. */
  id: string
  action: 'hold' | 'drop' | 'delay'
  match: MessageMatch
  /** Only the nth message that matches, from 1; absent: all. */
  nth?: number | undefined
  /** Of `delay`: milliseconds. */
  ms?: number | undefined
}

/** What the proxy knows of a message in addition to its content. */
export interface MessageOrigin {
  /** It comes from the device. */
  isUp: boolean
  /** Nobody decides about its order: it loads a part of a page. */
  isUncontrolled?: boolean
}

/** Decides when messages pass. */
export interface MessageGate {
  /** Whether messages wait. */
  readonly isStarted: boolean
  /** Resolves when the message may pass. */
  passes(message: NetworkMessage, isUp: boolean): Promise<void>
  /** The network's `counter` has changed. */
  countsChanged(): void
  end(): Promise<void>
}

interface ActiveRule extends NetworkRule {
  /** How many messages have matched. */
  seen: number
  /** Resumes the messages that it holds, oldest first. */
  held: (() => void)[]
}

/**
 * The network of one device: what its proxy does with each message. Without rules and conditions, a message passes in the
 * same turn of the event loop.
 */
export class DeviceNetwork {
  readonly log = new MessageLog()
  readonly counter = new MessageCounter(() => this.#gate?.countsChanged())
  /** Bytes to the device, and bytes from it. */
  readonly down = new RateLimiter()
  readonly up = new RateLimiter()
  readonly #connections = new Set<Duplex>()
  #rules: ActiveRule[] = []
  #delayMs = 0
  #isOffline = false
  #gate: MessageGate | undefined

  get isOffline(): boolean {
    return this.#isOffline
  }

  /** Whether a message may have to wait. */
  get isShaped(): boolean {
    return this.#rules.length > 0 || this.#delayMs > 0 || this.down.isLimited || (this.#gate?.isStarted ?? false)
  }

  /** From now on, `gate` decides when messages pass. It replaces an earlier one. */
  addGate(gate: MessageGate): void {
    const earlier = this.#gate
    this.#gate = gate
    void earlier?.end()
  }

  removeGate(gate: MessageGate): void {
    if (this.#gate === gate) this.#gate = undefined
  }

  /** Cuts all connections of the device and refuses new ones, or lets the device connect again. */
  setOffline(isOffline: boolean): void {
    this.#isOffline = isOffline
    if (isOffline) for (const connection of this.#connections) connection.destroy()
  }

  /** @param ms - how much later each request, WebSocket message and event arrives; 0: at once */
  setDelay(ms: number): void {
    this.#delayMs = ms
  }

  /** @param kbps - kilobits per second in each direction; undefined: unlimited */
  setThrottle(kbps: number | undefined): void {
    this.down.limit(kbps)
    this.up.limit(kbps)
  }

  /** @returns the position in the log: what the rule sees comes after it */
  addRule(rule: NetworkRule): number {
    this.#rules.push({ ...rule, seen: 0, held: [] })
    return this.log.position
  }

  /** Ends a rule; what it holds passes, in the order in which it came. @returns how many messages that were */
  endRule(id: string): number {
    const rule = this.#rules.find(each => each.id === id)
    if (!rule) return 0
    this.#rules = this.#rules.filter(each => each !== rule)
    return resumeAll(rule)
  }

  /** Ends everything that a script asked for, and forgets the messages. A gate stays. */
  restore(): void {
    this.#isOffline = false
    this.#delayMs = 0
    this.setThrottle(undefined)
    const rules = this.#rules
    this.#rules = []
    for (const rule of rules) resumeAll(rule)
    this.log.clear()
  }

  /** A connection of the device was opened. @returns false if it was cut, because the device is offline */
  connected(connection: Duplex): boolean {
    connection.on('error', () => {})
    if (this.#isOffline) {
      connection.destroy()
      return false
    }
    this.#connections.add(connection)
    connection.once('close', () => this.#connections.delete(connection))
    return true
  }

  closeConnections(): void {
    for (const connection of this.#connections) connection.destroy()
  }

  /**
   * Decides about a message, and logs it. The caller keeps the order of the messages of a connection.
   * @returns `pass` at once if nothing affects the message
   */
  admit(message: NetworkMessage, origin: MessageOrigin): Verdict | Promise<Verdict> {
    const settle = this.log.add(message)
    if (!this.isShaped) return settle('passed', 'pass')
    return this.#decide(message, origin).then(verdict => settle(verdict === 'pass' ? 'passed' : 'dropped', verdict))
  }

  async #decide(message: NetworkMessage, { isUp, isUncontrolled }: MessageOrigin): Promise<Verdict> {
    const dueAt = message.at + this.#delayFor(message)
    let isDropped = false
    for (const rule of this.#rules) {
      // While another rule held the message, this one may have ended.
      if (!this.#rules.includes(rule) || !takes(rule, message)) continue
      if (rule.action === 'drop') isDropped = true
      if (rule.action === 'hold') await this.#hold(rule, message)
    }
    const waitMs = dueAt - Date.now()
    if (waitMs > 0) await delay(waitMs)
    const limiter = message.kind === 'sent' ? this.up : this.down
    const sendMs = limiter.take(message.bytes ?? 0)
    if (sendMs > 0) await delay(sendMs)
    if (this.#gate && !isDropped && !isUncontrolled) await this.#gate.passes(message, isUp)
    return isDropped ? 'drop' : 'pass'
  }

  #delayFor(message: NetworkMessage): number {
    const rules = this.#rules.filter(({ action, match }) => action === 'delay' && matchesMessage(match, message))
    const ruleMs = rules.reduce((sum, { ms = 0 }) => sum + ms, 0)
    return ruleMs + (message.kind === 'response' || message.kind === 'close' ? 0 : this.#delayMs)
  }

  async #hold(rule: ActiveRule, message: NetworkMessage): Promise<void> {
    const released = new Promise<void>(resolve => rule.held.push(resolve))
    this.log.held(message, rule.id)
    await released
  }
}

/** Counts the message if it matches. */
function takes(rule: ActiveRule, message: NetworkMessage): boolean {
  if (rule.action === 'delay' || !matchesMessage(rule.match, message)) return false
  rule.seen += 1
  return rule.nth === undefined || rule.nth === rule.seen
}

function resumeAll(rule: ActiveRule): number {
  const held = rule.held.splice(0)
  for (const resume of held) resume()
  return held.length
}
