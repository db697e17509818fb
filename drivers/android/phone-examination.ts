import type { AdbPhone } from './adb-phone.js'
import type { HealthLimits } from './android-keys.js'
import { factCommands, readFacts, readUptimeMs, type FactName } from './phone-facts.js'
import { refusalOfSilence, refusalsOf, unfit } from './phone-health.js'
import type { PhonePreparation } from './phone-preparation.js'

/** A full look costs several commands on the phone: between modules, this old is young enough. Milliseconds. */
const examinedForMs = 15_000
const rebootEveryMs = 3_600_000

/** Whether a phone is fit to serve, as it says itself; one that is, is prepared for its time in the farm. */
export class PhoneExamination {
  #examinedAt = 0
  /** How often it was lost. */
  #losses = 0
  #rebootedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly phone: AdbPhone,
    private readonly limits: HealthLimits,
    private readonly preparation: PhonePreparation,
  ) {}

  /** The last full look is young enough, and nothing has happened since that speaks against it. */
  get isRecent(): boolean {
    return Date.now() - this.#examinedAt < examinedForMs
  }

  /**
   * Something begins that may leave the phone otherwise: the next look is a full one.
   * @returns what takes that back where it went well, unless the phone was lost meanwhile
   */
  doubt(): () => void {
    const examinedAt = this.#examinedAt
    const losses = this.#losses
    this.#examinedAt = 0
    return () => {
      if (losses === this.#losses) this.#examinedAt = examinedAt
    }
  }

  /** The phone has left, or no longer answers. */
  lost(): void {
    this.#losses += 1
    this.#examinedAt = 0
    this.preparation.forget()
  }

  /**
   * A full look.
   * @throws BatonError BATON_DEVICE_UNFIT with every check that it failed; BATON_DEVICE_LOST where it answers nothing
   */
  async examine(): Promise<void> {
    const { phone, limits } = this
    const { answers, silent } = await this.#ask()
    let facts = readFacts(answers)
    if (facts.screen === 'off' || facts.locked === true) {
      await this.preparation.wake()
      const { screen, locked } = readFacts((await this.#ask(['power', 'window'])).answers)
      facts = { ...facts, screen, locked }
    }
    const refusals = [...refusalsOf(facts, limits), ...silent.map(name => refusalOfSilence(name, limits.answerMs))]
    if (refusals.length > 0) {
      if (refusals.some(({ check }) => check === 'packages')) await this.#repair()
      throw unfit(phone, refusals)
    }
    await this.preparation.prepare()
    this.#examinedAt = Date.now()
  }

  /** A phone whose system is broken, rather than merely low on something, may be helped by a reboot. */
  async #repair(): Promise<void> {
    const { phone, limits } = this
    if (!limits.reboot || Date.now() - this.#rebootedAt < rebootEveryMs) return
    // Whoever rebooted it, an earlier host too: the phone knows how long it has been up.
    const uptimeMs = readUptimeMs(await phone.shell('cat /proc/uptime').catch(() => ''))
    if (uptimeMs !== undefined && uptimeMs < rebootEveryMs) return
    this.#rebootedAt = Date.now()
    await phone.reboot().catch(() => {})
  }

  /** All at once. @throws BatonError BATON_DEVICE_LOST where the phone answers nothing at all */
  async #ask(names = Object.keys(factCommands) as FactName[]) {
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
    phone.requireAttached()
    if (silent.length === names.length) throw phone.lost(`answers no command within ${limits.answerMs} ms`)
    return { answers, silent }
  }
}
