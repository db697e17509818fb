import type { ExploredDevice } from './explored-device.js'
import { nextTurn, realDelay, realNow, type Changes } from '../real-time.js'
import { awaitServerTurn, serverMs } from './server-turns.js'

/** Milliseconds that a command may take before something else can be chosen. */
const maxCommandMs = 5_000
/** The same for scripts while messages or timers wait: one may wait for them. */
const maxScriptMs = 150
/** Milliseconds that a branch may compute, or wait for something that is not known. */
const maxBusyMs = 100
const maxSettleMs = 600

interface SettlingOptions {
  devices: ReadonlyMap<string, ExploredDevice>
  servers: readonly URL[]
  changed: Changes
}

interface BranchStates {
  /** Whether a command is on its way. */
  hasCommands: () => boolean
  isAtRest: () => boolean
  /** Whether all commands on their way are scripts. */
  areScripts: () => boolean
  /** Whether something waits that a script may wait for: a message, or a timer of its page. */
  othersWait: () => boolean
}

/** Waits until all that an operation leads to has happened, up to where something waits for the scheduler. */
export class Settling {
  /** How often a page and its proxy did not agree in time. */
  unbalanced = 0
  /** How often a server took longer. */
  slowServer = 0
  /** Milliseconds that commands took. */
  commandsMs = 0
  /** What went wrong in the scheduler itself. */
  failure: unknown
  /** Role → whether a command acted on its device. */
  readonly #touched = new Map<string, boolean>()
  #isServerTouched = false
  /** Requests that the servers take their time for. */
  #lateRequests = 0

  constructor(
    private readonly options: SettlingOptions,
    private readonly branches: BranchStates,
  ) {}

  /** A device has received something, or a command acts on it. */
  deviceActs(role: string, byCommand = false): void {
    this.#touched.set(role, byCommand || (this.#touched.get(role) ?? false))
  }

  allDevicesAct(): void {
    for (const role of this.options.devices.keys()) this.deviceActs(role)
  }

  /** Servers have received something. */
  serverActs(): void {
    this.#isServerTouched = true
  }

  async settle(): Promise<void> {
    const { changed } = this.options
    const startedAt = realNow()
    for (;;) {
      const { version } = changed
      await this.#settleBranches(startedAt)
      if (this.#isServerTouched) {
        this.#isServerTouched = false
        await this.#settleServers()
      }
      await this.#settleDevices()
      if (version === changed.version || realNow() - startedAt > maxSettleMs) return
    }
  }

  async #settleBranches(startedAt: number): Promise<void> {
    const { changed } = this.options
    const { hasCommands, isAtRest, areScripts, othersWait } = this.branches
    const commandsLast = (): number => (areScripts() && othersWait() ? maxScriptMs : maxCommandMs)
    const commandsSince = realNow()
    for (let hasPinged = false; hasCommands() && realNow() - startedAt < commandsLast();) {
      await changed.next(50)
      if (hasPinged || !areScripts() || realNow() - startedAt < maxScriptMs) continue
      // Its page may have started a timer.
      hasPinged = true
      this.allDevicesAct()
      await this.#settleDevices()
    }
    this.commandsMs += realNow() - commandsSince
    for (let turn = 0; turn < 3; turn++) await nextTurn()
    const busySince = realNow()
    for (let turn = 0; !isAtRest() && !hasCommands() && realNow() - busySince < maxBusyMs; turn++) {
      await (turn < 5 ? nextTurn() : realDelay(1))
    }
    if (hasCommands() && realNow() - startedAt < commandsLast()) await this.#settleBranches(startedAt)
  }

  async #settleServers(): Promise<void> {
    const { servers, changed } = this.options
    const startedAt = realNow()
    for (let turn = 0; turn < 2; turn++) await awaitServerTurn(servers)
    await this.#syncAll()
    while (this.#unanswered > this.#lateRequests && realNow() - startedAt < serverMs) await changed.next(serverMs)
    if (this.#unanswered > this.#lateRequests) this.slowServer += 1
    this.#lateRequests = this.#unanswered
  }

  get #unanswered(): number {
    return [...this.options.devices.values()].reduce((sum, { stream }) => sum + (stream?.unanswered ?? 0), 0)
  }

  async #syncAll(): Promise<void> {
    await Promise.all([...this.options.devices.values()].map(async ({ stream }) => stream?.sync()))
  }

  async #settleDevices(): Promise<void> {
    const touched = [...this.#touched]
    this.#touched.clear()
    const settled = await Promise.all(
      touched.map(async ([role, byCommand]) => this.options.devices.get(role)?.settle(byCommand)),
    )
    this.unbalanced += settled.filter(isSettled => isSettled === false).length
  }
}
