import { isMessageKind, type Operation } from '../../explore/operation.js'
import type { ExploredDevice } from './explored-device.js'
import type { PageTimer } from './page-monitor.js'
import type { VirtualTime, VirtualTimer } from './virtual-time.js'

/** Milliseconds: timers that are due later than this wait until nothing else can happen. */
const maxEarlyMs = 10_000
/** Milliseconds that matchers wait at least, unless the test says less. */
const matcherMs = 2_000

/** A timer of a page, in the time of the branches. */
export interface KeptTimer extends PageTimer {
  role: string
  dueAt: number
}

/** The timers that the pages of all devices keep. */
export class PageTimers {
  /** How many have run, and how many of them while messages waited. */
  readonly counts = { ran: 0, early: 0 }
  #dueAt = new Map<string, number>()

  constructor(private readonly devices: ReadonlyMap<string, Pick<ExploredDevice, 'pageTimers' | 'fireTimer'>>) {}

  /**
   * The one that is due first.
   * @param now - time of the branches: it stood still since the timer was started, if that was since the last call
   */
  next(now: number): KeptTimer | undefined {
    const dueAt = new Map<string, number>()
    const all = [...this.devices].flatMap(([role, { pageTimers = [] }]) =>
      pageTimers.map(timer => {
        const key = `${timer.page} ${timer.round}`
        const due = this.#dueAt.get(key) ?? now + timer.leftMs
        dueAt.set(key, due)
        return { ...timer, role, dueAt: due }
      }),
    )
    this.#dueAt = dueAt
    return all.toSorted(inOrder)[0]
  }

  /**
   * The one that is due first, if it may run before other things that can happen: the network may be slow, but the test never
   * is, so that only messages wait, and no wait of a branch would have ended before.
   * @param others - what can happen
   */
  early(time: VirtualTime, others: readonly Operation[]): KeptTimer | undefined {
    const areMessages = others.length > 0 && others.every(({ kind }) => isMessageKind(kind))
    const timer = areMessages ? this.next(time.now) : undefined
    return timer && timer.dueAt <= endOfWaits(time) ? timer : undefined
  }

  fire({ role, ...timer }: KeptTimer): void {
    this.counts.ran += 1
    this.devices.get(role)?.fireTimer(timer)
  }

  /** Time passes for pages, but not for branches: their waits don't end earlier because of it. */
  fireEarly(timer: KeptTimer, now: number): void {
    const byMs = Math.max(0, timer.dueAt - now)
    for (const [key, dueAt] of this.#dueAt) this.#dueAt.set(key, Math.max(now, dueAt - byMs))
    this.counts.early += 1
    this.fire(timer)
  }
}

/** The earliest time at which a branch would go on by itself. */
function endOfWaits({ now, timers }: VirtualTime): number {
  const known = timers.filter(({ isPoll }) => !isPoll)
  const isMatcher = (timer: VirtualTimer): boolean =>
    timer.isPoll && !known.some(({ branch }) => branch === timer.branch)
  return Math.min(
    now + maxEarlyMs,
    ...known.map(({ dueAt }) => dueAt),
    ...timers.filter(isMatcher).map(() => now + matcherMs),
  )
}

function inOrder(one: KeptTimer, other: KeptTimer): number {
  const byRole = one.role < other.role ? -1 : one.role > other.role ? 1 : 0
  return one.dueAt - other.dueAt || byRole || one.round - other.round
}
