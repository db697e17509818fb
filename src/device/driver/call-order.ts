/**
 * The order in which the host calls a driver for one device. The paths below are the sequence; `CallOrder` checks calls
 * against it. The host may stop after any call that fails, so every part may break off.
 */
export type DriverCall =
  | 'prepare'
  | 'sessions.capabilities'
  | 'sessions.completeCapabilities'
  | 'sessions.verifyIdentity'
  | 'sessions.check'
  | 'sessions.reset'
  | 'sessions.forceClose'
  | 'health.check'
  | 'health.watchOpening'
  | 'reservation.reserve'
  | 'reservation.release'
  | 'apps.use'
  | 'apps.startRefusal'
  | 'apps.causedFault'
  | 'artifacts.collect'
  | 'recording.start'
  | 'dispose'

/** A call, or calls of which each may only follow the one before it. */
type Path = readonly DriverCall[]

/**
 * `prepare` comes first and `dispose` last. In between, sessions are opened along this path, one at a time. A session that
 * is open already needs `capabilities` alone, which shows whether it still fits.
 */
const openSession: Path = [
  'sessions.capabilities',
  'sessions.completeCapabilities',
  'health.watchOpening',
  'sessions.verifyIdentity',
]

/** Each module: what a driver sets up for it is taken down again before the next one. */
const useByModule: Path = ['reservation.reserve', 'reservation.release']

/** Calls that need an open session. */
const needsSession: ReadonlySet<DriverCall> = new Set(['sessions.check', 'sessions.reset', 'apps.causedFault'])

/**
 * Checks the calls for one device against the contract.
 * @throws Error that names the call and what it has to follow
 */
export class CallOrder {
  readonly #calls: DriverCall[] = []
  #isReserved = false
  /** The last step of `openSession` that was taken. */
  #step: DriverCall | undefined
  #hadSession = false

  /** @param hasHealth - drivers without the health capability skip its step */
  constructor(private readonly hasHealth: boolean) {}

  /** All calls so far, oldest first. */
  get calls(): readonly DriverCall[] {
    return this.#calls
  }

  add(call: DriverCall): void {
    const before = this.#calls.at(-1)
    if ((call === 'prepare') !== (before === undefined)) this.#fail(call, 'prepare comes first, and once')
    if (before === 'dispose' && call !== 'dispose') this.#fail(call, 'nothing follows dispose')
    if (needsSession.has(call) && !this.#hadSession) this.#fail(call, 'no session was opened')
    this.#addToReservation(call)
    this.#addToOpening(call)
    this.#calls.push(call)
  }

  #addToReservation(call: DriverCall): void {
    if (!useByModule.includes(call)) return
    const reserves = call === 'reservation.reserve'
    if (!reserves && !this.#isReserved) this.#fail(call, 'it follows reservation.reserve')
    this.#isReserved = reserves
  }

  #addToOpening(call: DriverCall): void {
    const path = openSession.filter(step => this.hasHealth || step !== 'health.watchOpening')
    const index = path.indexOf(call)
    if (index < 0) return
    const expected = path[index - 1]
    // An open session is verified again before each module that gets it.
    const isVerifiedAgain = call === 'sessions.verifyIdentity' && this.#hadSession
    if (expected !== undefined && this.#step !== expected && !isVerifiedAgain)
      this.#fail(call, `it follows ${expected}`)
    if (call === 'sessions.verifyIdentity') this.#hadSession = true
    this.#step = call
  }

  #fail(call: DriverCall, why: string): never {
    throw new Error(`${call} is out of order: ${why}; calls so far: ${this.#calls.join(', ') || 'none'}`)
  }
}
