import type { ExploredDevice } from './explored-device.js'
import type { KeptTimer, PageTimers } from './page-timers.js'
import { realNow, type Changes } from '../real-time.js'
import type { Settling } from './settling.js'
import type { VirtualTime, VirtualTimer } from './virtual-time.js'

/** Milliseconds without any change after which nothing more is expected. */
const quietMs = 30
/** So much faster do waits see time pass when nothing happens: a server may have timers, too. */
const waitSpeed = 5
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
    private readonly pageTimers: PageTimers,
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
    const kept = this.pageTimers.next(time.now)
    if (kept) return this.#passWithPages(time, kept, { isAtRest, version })
    const timer = time.next
    if (!timer || !isAtRest) return changed.next(timer ? quietMs : 1_000)
    const waitMs = Math.min(Math.max(0, timer.dueAt - time.now), this.#neededMs(timer))
    if (waitMs > 0) {
      await changed.next(waitMs)
      if (changed.version !== version) return
    }
    time.advance(timer.dueAt)
    time.fire(timer)
  }

  /** Time passes for real: the servers that pages wait for may have timers, too. */
  async #passWithPages(
    time: VirtualTime,
    kept: KeptTimer,
    { isAtRest, version }: { isAtRest: boolean; version: number },
  ): Promise<void> {
    const { changed } = this.options
    const timer = isAtRest && time.next && time.next.dueAt <= kept.dueAt ? time.next : undefined
    const dueAt = timer?.dueAt ?? kept.dueAt
    const startedAt = realNow()
    await changed.next(Math.max(dueAt - time.now, quietMs - (startedAt - this.#calmSince), 1))
    time.advance(Math.min(dueAt, time.now + realNow() - startedAt))
    this.settling.allDevicesAct()
    if (changed.version !== version || time.now < dueAt) return
    if (timer) return time.fire(timer)
    this.settling.deviceActs(kept.role)
    this.pageTimers.fire(kept)
  }

  /** Milliseconds that still have to pass without any change. */
  #neededMs({ isPoll, isDeadline, dueAt }: VirtualTimer): number {
    const areKnown = [...this.options.devices.values()].every(({ pageTimers }) => pageTimers !== undefined)
    const waitMs = isPoll || isDeadline ? (dueAt - this.#calmAt) / (areKnown ? waitSpeed : 1) : 0
    return Math.max(0, Math.max(areKnown ? quietMs : quietAppMs, waitMs) - (realNow() - this.#calmSince))
  }
}
