import type { AdbPhone } from '../adb/adb-phone.js'
import type { HealthLimits } from '../android-keys.js'
import { factCommands, parseFacts, parseUptimeMs, type FactName } from './phone-facts.js'
import { unansweredCheck, findFailedChecks, unfitError } from './failed-checks.js'
import type { PhoneSettings } from '../settings/phone-settings.js'

/** A full look costs several commands on the phone: between modules, this old is young enough. Milliseconds. */
const recentMs = 15_000
const rebootIntervalMs = 3_600_000

/** Whether a phone is fit to serve, as it says itself; one that is, is prepared for its time in the farm. */
export class HealthCheck {
  #passedAt = 0
  /** How often it was lost. */
  #losses = 0
  #rebootedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly phone: AdbPhone,
    private readonly limits: HealthLimits,
    private readonly preparation: PhoneSettings,
  ) {}

  /** The last full look is young enough, and nothing has happened since that speaks against it. */
  get isRecent(): boolean {
    return Date.now() - this.#passedAt < recentMs
  }

  /**
   * Something begins that may leave the phone otherwise: the next look is a full one.
   * @returns what takes that back where it went well, unless the phone was lost meanwhile
   */
  invalidate(): () => void {
    const examinedAt = this.#passedAt
    const losses = this.#losses
    this.#passedAt = 0
    return () => {
      if (losses === this.#losses) this.#passedAt = examinedAt
    }
  }

  /** The phone has left, or no longer answers. */
  phoneLost(): void {
    this.#losses += 1
    this.#passedAt = 0
    this.preparation.invalidate()
  }

  /**
   * A full look.
   * @throws BatonError BATON_DEVICE_UNFIT with every check that it failed; BATON_DEVICE_LOST where it answers nothing
   */
  async run(): Promise<void> {
    const { phone, limits } = this
    const { answers, silent } = await this.#queryFacts()
    let facts = parseFacts(answers)
    if (facts.screen === 'off' || facts.locked === true) {
      await this.preparation.wake()
      const { screen, locked } = parseFacts((await this.#queryFacts(['power', 'window'])).answers)
      facts = { ...facts, screen, locked }
    }
    const refusals = [...findFailedChecks(facts, limits), ...silent.map(name => unansweredCheck(name, limits.answerMs))]
    if (refusals.length > 0) {
      if (refusals.some(({ check }) => check === 'packages')) await this.#rebootIfAllowed()
      throw unfitError(phone, refusals)
    }
    await this.preparation.apply()
    this.#passedAt = Date.now()
  }

  /** A phone whose system is broken, rather than merely low on something, may be helped by a reboot. */
  async #rebootIfAllowed(): Promise<void> {
    const { phone, limits } = this
    if (!limits.reboot || Date.now() - this.#rebootedAt < rebootIntervalMs) return
    // Whoever rebooted it, an earlier host too: the phone knows how long it has been up.
    const uptimeMs = parseUptimeMs(await phone.shell('cat /proc/uptime').catch(() => ''))
    if (uptimeMs !== undefined && uptimeMs < rebootIntervalMs) return
    this.#rebootedAt = Date.now()
    await phone.reboot().catch(() => {})
  }

  /** All at once. @throws BatonError BATON_DEVICE_LOST where the phone answers nothing at all */
  async #queryFacts(names = Object.keys(factCommands) as FactName[]) {
    const { phone, limits } = this
    const answers: Partial<Record<FactName, string>> = {}
    const silent: FactName[] = []
    await Promise.all(
      names.map(async name => {
        try {
          answers[name] = await phone.shell(factCommands[name], limits.answerMs)
        } catch {
          silent.push(name)
        }
      }),
    )
    phone.assertAttached()
    if (silent.length === names.length) throw phone.lostError(`answers no command within ${limits.answerMs} ms`)
    return { answers, silent }
  }
}
