import type { Branch } from '../branch/branch.js'
import { roleOf } from '../branch/branch.js'
import { realDate, realNow } from '../real-time.js'

interface TimerOptions {
  /** A wait of WebdriverIO looks again after it. */
  isPoll: boolean
  /** A wait fails when it ends. */
  isDeadline: boolean
  isRepeated: boolean
  run: () => unknown
}

/** A timer of a branch. */
export interface VirtualTimer extends Omit<TimerOptions, 'run'> {
  branch: Branch
  role: string
  dueAt: number
  seq: number
  /** How often its device had changed when it was started. */
  changesAtStart: number
  /** Runs it in its branch. */
  fire: () => void
}

/** The time of the branches of a test. It stands still until it is advanced. */
export class VirtualTime {
  #timers: VirtualTimer[] = []
  #now = realNow()
  readonly #dateOffset = realDate() - realNow()
  readonly #handles = new WeakMap<object, VirtualTimer>()
  #seq = 0

  /**
   * @param changesOf - how often the device of a role has changed
   * @param notify - called when a timer starts
   */
  constructor(
    private readonly changesOf: (role: string) => number,
    private readonly notify: () => void,
  ) {}

  get now(): number {
    return this.#now
  }

  get dateNow(): number {
    return Math.ceil(this.#now + this.#dateOffset)
  }

  get timers(): readonly VirtualTimer[] {
    return this.#timers
  }

  /** The timer that is due first. */
  get next(): VirtualTimer | undefined {
    return this.#timers.toSorted((one, other) => one.dueAt - other.dueAt || one.seq - other.seq)[0]
  }

  /** @param at - not before now */
  advance(at: number): void {
    this.#now = Math.max(this.#now, at)
  }

  /** @returns a handle as Node's timers are */
  start(branch: Branch, ms: number, { run, ...options }: TimerOptions): object {
    const role = roleOf(branch)
    this.#seq += 1
    const timer: VirtualTimer = {
      ...options,
      branch,
      role,
      dueAt: this.#now + Math.max(1, ms),
      seq: this.#seq,
      changesAtStart: this.changesOf(role),
      fire: () => {},
    }
    const wait = (): void => {
      // What follows runs in the asynchronous context of the caller.
      void new Promise<void>(resolve => (timer.fire = resolve)).then(() => {
        if (options.isRepeated && this.#handles.get(handle) === timer) {
          timer.dueAt = this.#now + Math.max(1, ms)
          this.#timers.push(timer)
          wait()
        }
        run()
      })
    }
    const handle = timerHandle(() => this.stop(handle))
    this.#handles.set(handle, timer)
    this.#timers.push(timer)
    wait()
    this.notify()
    return handle
  }

  /** Resolves after `ms` milliseconds of this time; as `setTimeout` of `node:timers/promises`. */
  async sleep(branch: Branch, ms: number, { value, options }: { value: unknown; options: unknown }): Promise<unknown> {
    const { signal } = (options ?? {}) as { signal?: AbortSignal }
    signal?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const handle = this.start(branch, ms, { isPoll: false, isDeadline: false, isRepeated: false, run: resolve })
      signal?.addEventListener('abort', () => {
        this.stop(handle)
        reject(signal.reason as Error)
      })
    })
    return value
  }

  /** @returns false if it is not a timer of this time */
  stop(handle: unknown): boolean {
    if (typeof handle !== 'object' || handle === null) return false
    const timer = this.#handles.get(handle)
    if (!timer) return false
    this.#handles.delete(handle)
    this.#timers = this.#timers.filter(each => each !== timer)
    return true
  }

  /** Takes a timer out and runs it. */
  fire(timer: VirtualTimer): void {
    this.#timers = this.#timers.filter(each => each !== timer)
    timer.fire()
  }

  /** Runs all timers: nobody advances this time any more. */
  end(): void {
    const timers = this.#timers
    this.#timers = []
    for (const { fire } of timers) fire()
  }
}

/** As far as scripts and libraries use the timers of Node. */
function timerHandle(stop: () => void): object {
  const handle = {
    ref: () => handle,
    unref: () => handle,
    hasRef: () => true,
    refresh: () => handle,
    close: () => {
      stop()
      return handle
    },
    [Symbol.dispose]: stop,
  }
  return handle
}
