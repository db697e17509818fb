import type { RunEvent } from '../event/run-event.js'
import { createConsoleReporter, type ConsoleOptions } from './console-reporter.js'
import { liveFrame } from './live-frame.js'
import { LiveScreen, type Terminal } from './live-screen.js'
import { LiveView } from './live-view.js'
import { createPaint, type Paint } from './paint.js'
import type { Reporter } from './reporter.js'
import type { RunRecord } from './run-record.js'
import { newRunState, type RunChange, type RunState } from './run-state.js'

/** The time, and timers. */
export interface Clock {
  /** Milliseconds. */
  now(): number
  /** @returns cancels it */
  after(ms: number, act: () => void): () => void
}

export interface LiveOptions extends Omit<ConsoleOptions, 'write' | 'brief'> {
  terminal: Terminal
  clock?: Clock
}

/** Fastest pace of frames: about 15 a second. */
const frameMs = 66
/** While something runs its clock ticks, even if no event comes. */
const tickMs = 1_000

/** For terminals: what happens now, redrawn in place, below the plain lines of what needs attention. */
export function createLiveReporter(options: LiveOptions): Reporter {
  return new LiveReporter(options)
}

class LiveReporter implements Reporter {
  /** Of an empty run, until the first event. */
  #view: LiveView
  readonly #screen: LiveScreen
  readonly #lines: Reporter
  readonly #clock: Clock
  readonly #paint: Paint
  #drawnAt = Number.NEGATIVE_INFINITY
  /** When the next frame is due, and what cancels it. */
  #next: { at: number; cancel: () => void } | undefined
  #closed = false

  constructor(private readonly options: LiveOptions) {
    const { terminal, clock = systemClock, color, verbose } = options
    this.#clock = clock
    this.#view = new LiveView(newRunState(), clock.now())
    this.#paint = createPaint(color)
    this.#screen = new LiveScreen(terminal)
    const write = (text: string): void => this.#screen.print(text)
    this.#lines = createConsoleReporter({ ...options, write, brief: !verbose })
    terminal.on('resize', this.#resized)
    this.#draw()
  }

  event(event: RunEvent, state: RunState, changes: readonly RunChange[]): void {
    if (this.#view.state !== state) this.#view = new LiveView(state, this.#view.startedAt)
    this.#view.update(changes, this.#clock.now())
    this.#lines.event(event, state, changes)
    this.#wake(this.#drawnAt + frameMs)
  }

  notice(text: string): void {
    this.#screen.print(`${text}\n`)
    if (this.#closed) this.#screen.draw([])
    else this.#wake(this.#drawnAt + frameMs)
  }

  end(record: RunRecord): void {
    this.#lines.end(record)
    this.close()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#next?.cancel()
    this.options.terminal.off('resize', this.#resized)
    this.#screen.draw([])
  }

  readonly #resized = (): void => {
    this.#screen.forget()
    this.#wake(this.#clock.now())
  }

  /** Schedules a frame, unless an earlier one is due already. */
  #wake(at: number): void {
    if (this.#closed || (this.#next && this.#next.at <= at)) return
    this.#next?.cancel()
    const wait = at - this.#clock.now()
    if (wait <= 0) return this.#draw()
    this.#next = { at, cancel: this.#clock.after(wait, () => this.#draw()) }
  }

  #draw(): void {
    this.#next = undefined
    const now = this.#clock.now()
    // Some pseudo-terminals report a size of 0.
    const { columns, rows } = this.options.terminal
    const size = { columns: columns || 80, rows: rows || 24 }
    this.#screen.draw(liveFrame(this.#view, { ...size, now, paint: this.#paint }))
    this.#drawnAt = now
    if (this.#view.state.activity.running.size > 0) this.#wake(now + tickMs)
  }
}

const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms).unref()
    return () => clearTimeout(timer)
  },
}
