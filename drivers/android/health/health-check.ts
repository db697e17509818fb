import type { AdbPhone } from '../adb/adb-phone.js'
import type { HealthLimits } from '../android-keys.js'
import { factCommands, parseFacts, parseUptimeMs, type FactName } from './phone-facts.js'
import { unansweredCheck, findFailedChecks, refusedPin, unfitError } from './failed-checks.js'
import type { FrontWindow } from './front-window.js'
import type { ScreenLock, UnlockResult } from './screen-lock.js'
import type { PhoneSettings } from '../settings/phone-settings.js'

/** A full check costs several commands on the phone. Between modules, one that is not older than this is enough. Milliseconds. */
const recentMs = 15_000
const rebootIntervalMs = 3_600_000

/** Checks that a phone is fit to serve, and applies its settings if it is. */
export class HealthCheck {
  #passedAt = 0
  /** How often the phone was lost. */
  #losses = 0
  #rebootedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly phone: AdbPhone,
    private readonly limits: HealthLimits,
    private readonly settings: PhoneSettings,
    private readonly lock: ScreenLock,
    private readonly frontWindow: FrontWindow,
  ) {}

  /** Whether the last full check still counts. */
  get isRecent(): boolean {
    return Date.now() - this.#passedAt < recentMs
  }

  /**
   * Call before something that may impair the phone: the next check is a full one.
   * @returns a function that restores the last result if all went well; it does nothing if the phone was lost meanwhile
   */
  invalidate(): () => void {
    const passedAt = this.#passedAt
    const losses = this.#losses
    this.#passedAt = 0
    return () => {
      if (losses === this.#losses) this.#passedAt = passedAt
    }
  }

  /** Call when the phone has left or no longer answers. */
  phoneLost(): void {
    this.#losses += 1
    this.#passedAt = 0
    this.settings.invalidate()
  }

  /**
   * Runs a full check.
   * @throws BatonError BATON_DEVICE_UNFIT with every failed check; BATON_DEVICE_LOST if the phone answers no command
   */
  async run(): Promise<void> {
    const { phone, limits } = this
    const { answers, unanswered } = await this.#queryFacts()
    let facts = parseFacts(answers)
    let unlocked: UnlockResult | undefined
    if (facts.screen === 'off' || facts.locked === true) {
      unlocked = await this.lock.unlock()
      const { screen, locked } = parseFacts((await this.#queryFacts(['power', 'window'])).answers)
      facts = { ...facts, screen, locked }
    }
    const failed = [
      ...(unlocked === 'pin refused' ? [refusedPin] : []),
      ...findFailedChecks(facts, limits),
      ...(facts.locked === true ? [] : this.frontWindow.check(answers.window ?? '')),
      ...unanswered.map(name => unansweredCheck(name, limits.answerMs)),
    ]
    if (failed.length > 0) {
      if (failed.some(({ check }) => check === 'packages')) await this.#rebootIfAllowed()
      throw unfitError(phone, failed)
    }
    await this.settings.apply()
    this.#passedAt = Date.now()
  }

  /** A reboot may help a broken system; it does not help an empty battery. */
  async #rebootIfAllowed(): Promise<void> {
    const { phone, limits } = this
    if (!limits.reboot || Date.now() - this.#rebootedAt < rebootIntervalMs) return
    // The phone's own uptime also counts reboots by earlier hosts.
    const uptimeMs = parseUptimeMs(await phone.shell('cat /proc/uptime').catch(() => ''))
    if (uptimeMs !== undefined && uptimeMs < rebootIntervalMs) return
    this.#rebootedAt = Date.now()
    await phone.reboot().catch(() => {})
  }

  /** Runs the commands concurrently. @throws BatonError BATON_DEVICE_LOST if the phone answers none */
  async #queryFacts(names = Object.keys(factCommands) as FactName[]) {
    const { phone, limits } = this
    const answers: Partial<Record<FactName, string>> = {}
    const unanswered: FactName[] = []
    await Promise.all(
      names.map(async name => {
        try {
          // A command that fails leaves its fact unknown; a package manager that is dead prints nothing here.
          answers[name] = (await phone.run(factCommands[name], { timeoutMs: limits.answerMs })).stdout
        } catch {
          unanswered.push(name)
        }
      }),
    )
    phone.assertAttached()
    if (unanswered.length === names.length)
      throw phone.lostError(`did not answer a command within ${limits.answerMs} ms`)
    return { answers, unanswered }
  }
}
