import type { ExploredDevice } from './explored-device.js'
import { realNow, type Changes } from './real-time.js'
import type { Settling } from './settling.js'
import type { VirtualTime, VirtualTimer } from './virtual-time.js'

/** Milliseconds without any change after which nothing more is expected. */
const quietMs = 30
/** So much faster do waits see time pass when nothing happens: a server may have timers, too. */
const waitSpeed = 5
/** Milliseconds that a timer of a page may take after it is due. */
const pageTimerMs = 20
/** Without DevTools, the timers of an app are unknown: nothing is expected only after this, and waits see the real time. */
const quietAppMs = 120

interface RestOptions {
  devices: ReadonlyMap<string, ExploredDevice>
  changed: Changes
}

/**
 * What happens if nothing can be chosen: time passes, for real if a page or a server may have timers, otherwise in a jump to the
 * first timer of a branch.
 */
export class Rest {
  /** What had happened when it became quiet, and when that was. */
  #calm: number | undefined
  #calmSince = 0
  /** The time of the branches then. */
  #calmAt = 0

  constructor(
    private readonly options: RestOptions,
    private readonly settling: Settling,
  ) {}

  /**
   * @param isAtRest - each branch waits for something that is known
   * @param ranCount - how many operations have run
   */
  async pass(time: VirtualTime, isAtRest: boolean, ranCount: number): Promise<void> {
    const { devices, changed } = this.options
    const { version } = changed
    const calm = [...devices.values()].reduce((sum, { changes }) => sum + changes, ranCount)
    if (calm !== this.#calm) {
      this.#calm = calm
      this.#calmSince = realNow()
      this.#calmAt = time.now
    }
    const timer = time.next
    if (!timer || !isAtRest) return changed.next(timer ? quietMs : 1_000)
    const leftMs = Math.max(0, timer.dueAt - time.now)
    const pagesMs = this.#pageTimersMs()
    const neededMs = this.#neededMs(timer)
    const waitMs = Math.min(leftMs, pagesMs === undefined ? neededMs : Math.max(neededMs, pagesMs + pageTimerMs))
    if (waitMs > 0) {
      const startedAt = realNow()
      await changed.next(waitMs)
      if (pagesMs !== undefined) {
        time.advance(Math.min(timer.dueAt, time.now + realNow() - startedAt))
        this.settling.allDevicesAct()
      }
      if (changed.version !== version || (pagesMs !== undefined && time.now < timer.dueAt)) return
    }
    time.advance(timer.dueAt)
    time.fire(timer)
  }

  /** Milliseconds that still have to pass without any change. */
  #neededMs({ isPoll, isDeadline, dueAt }: VirtualTimer): number {
    const areKnown = this.#timers.every(timers => timers !== undefined)
    const waitMs = isPoll || isDeadline ? (dueAt - this.#calmAt) / (areKnown ? waitSpeed : 1) : 0
    return Math.max(0, Math.max(areKnown ? quietMs : quietAppMs, waitMs) - (realNow() - this.#calmSince))
  }

  /** Milliseconds until the first timer of a page is due; undefined if there is none. */
  #pageTimersMs(): number | undefined {
    const next = Math.min(Infinity, ...this.#timers.map(timers => timers?.nextMs ?? Infinity))
    return Number.isFinite(next) ? next : undefined
  }

  get #timers() {
    return [...this.options.devices.values()].map(({ pageTimers }) => pageTimers)
  }
}
