import type { AttachedRole } from '../module-context.js'
import { isResetByPages } from './reset-session.js'
import { MessageStream, type WaitingMessage } from './message-stream.js'
import { noCounts } from '../network/message-control-protocol.js'
import { sameCounts } from './message-counts.js'
import { PageMonitor, type PageTimer } from './page-monitor.js'
import { realNow, type Changes } from '../real-time.js'

/** Milliseconds that a page and its proxy have to agree. */
const maxUnbalancedMs = 250
/** Without DevTools: milliseconds in which nothing happens. */
const fixedSettleMs = 25
const maxFixedSettleMs = 500

/** One device of a module that is explored: its messages, and what its pages have seen of them. */
export class ExploredDevice {
  /** Commands that have changed something. */
  commands = 0
  /** A message that waits; set for each iteration. */
  onMessage: (waiting: WaitingMessage) => void = ({ pass }) => pass()

  private constructor(
    readonly role: string,
    private attached: AttachedRole,
    private readonly changed: Changes,
  ) {}

  /** Undefined: the messages of the device pass as they come. */
  stream: MessageStream | undefined
  #page: PageMonitor | undefined

  static async connect(role: string, attached: AttachedRole, changed: Changes): Promise<ExploredDevice> {
    const device = new ExploredDevice(role, attached, changed)
    device.stream = await device.#connectStream()
    device.#page = await device.#connectPage()
    return device
  }

  /** Grows whenever the device may show something else. */
  get changes(): number {
    return this.commands + (this.#page?.changes ?? 0)
  }

  /** The timers that its pages keep; undefined: unknown. */
  get pageTimers(): readonly PageTimer[] | undefined {
    return this.#page?.timers
  }

  /** From now on, timers of its pages wait until they are run. */
  async holdTimers(): Promise<void> {
    await this.#page?.holdTimers()
  }

  releaseTimers(): void {
    void this.#page?.releaseTimers()
  }

  fireTimer(timer: PageTimer): void {
    void this.#page?.fireTimer(timer)
  }

  get isControlled(): boolean {
    return this.stream?.isLost === false
  }

  /**
   * Waits until the pages have received all that was passed on to them, and have done what follows from it.
   * @param afterInput - a command may just have typed or tapped
   * @returns false if page and proxy don't agree in time
   */
  async settle(afterInput = false): Promise<boolean> {
    const { stream } = this
    const page = this.#page
    if (!page) return this.#settleByTime()
    const startedAt = realNow()
    if (afterInput) await page.awaitInput()
    for (;;) {
      const { changes } = page
      const [hasAnswered] = await Promise.all([page.ping(), stream?.sync()])
      const isEven = !this.isControlled || sameCounts(page.counts, stream?.counts ?? noCounts())
      if (hasAnswered && isEven && changes === page.changes) return true
      if (realNow() - startedAt > maxUnbalancedMs) {
        this.level()
        return false
      }
      if (!isEven) await this.changed.next(5)
    }
  }

  /** From now on, page and proxy agree. */
  level(): void {
    if (this.stream) this.#page?.level(this.stream.counts)
  }

  /**
   * Resets the device by its policy.
   * @param renew - lets its host do so, and attaches to its session again
   */
  async reset(renew: (role: string) => Promise<AttachedRole>): Promise<void> {
    const { session } = this.attached
    if (session.reset === undefined) return
    if (!this.#page || !(await isResetByPages(session))) {
      this.#page?.close()
      await this.stream?.close()
      this.attached = await renew(this.role)
      // The old one ended with the old session.
      this.stream = await this.#connectStream()
      this.#page = await this.#connectPage()
    } else await this.#leavePages(this.#page)
    await this.settle()
    this.level()
  }

  /** Leaves all pages, and forgets what they have stored. */
  async #leavePages(page: PageMonitor): Promise<void> {
    const { browser } = this.attached
    const [first, ...others] = await browser.getWindowHandles()
    for (const handle of others) {
      await browser.switchToWindow(handle)
      await browser.closeWindow()
    }
    if (first !== undefined && others.length > 0) await browser.switchToWindow(first)
    await page.reset()
  }

  async close(): Promise<void> {
    this.#page?.close()
    await this.stream?.close()
  }

  async #settleByTime(): Promise<boolean> {
    const startedAt = realNow()
    for (let version = -1; version !== this.changed.version;) {
      if (realNow() - startedAt > maxFixedSettleMs) return false
      version = this.changed.version
      await this.changed.next(fixedSettleMs)
      await this.stream?.sync()
    }
    return true
  }

  async #connectStream(): Promise<MessageStream | undefined> {
    return MessageStream.connect(this.attached.session, {
      waits: waiting => this.onMessage(waiting),
      changed: this.changed.notify,
    })
  }

  async #connectPage(): Promise<PageMonitor | undefined> {
    const { browser, session } = this.attached
    const options: unknown = session.session.capabilities['goog:chromeOptions']
    const address: unknown = typeof options === 'object' && options !== null && Reflect.get(options, 'debuggerAddress')
    if (typeof address !== 'string') return undefined
    return PageMonitor.connect(address, await browser.getWindowHandle(), this.changed.notify)
  }
}
