import type { SourceLocation } from '../../error/baton-error.js'
import type { Strategy } from '../../explore/operation.js'
import { branchName, findBranch, type Branch, type TestScope } from '../branch/branch.js'
import type { CommandInterceptor, OutgoingCommand } from '../command-interceptor.js'
import { insideCommand, runOutsideTests, scopeStorage } from '../module-context.js'
import { callsOf } from '../call-sites.js'
import type { StackReader } from '../caller-place.js'
import type { SentCommand } from '../sent-command.js'
import type { Decider } from './decisions.js'
import { EarlierMessages } from './earlier-messages.js'
import type { ExploredDevice } from './explored-device.js'
import type { WaitingMessage } from './message-stream.js'
import { isReading, isScript, labelCommand, labelMessage, pathOf } from './operation-labels.js'
import { inNaturalOrder, OperationQueue, type WaitingOperation } from './operation-queue.js'
import { DecisionRecord } from './decision-record.js'
import { PageTimers } from './page-timers.js'
import { pollsOf, timerOperation } from './polls.js'
import { realDelay, realNow, type Changes } from '../real-time.js'
import { Rest } from './rest.js'
import { ScheduledDecisions } from './scheduled-decisions.js'
import { Settling } from './settling.js'
import { ElementSelectors } from '../trace/element-selectors.js'
import { VirtualTime } from './virtual-time.js'

/** How often, and for how many milliseconds, a strategy is given time for an operation that it expects. */
const maxPatience = 4
const patienceMs = 50
/** A test under control that takes longer goes on in natural order. */
const maxControlledMs = 90_000

export interface SchedulerOptions {
  devices: ReadonlyMap<string, ExploredDevice>
  servers: readonly URL[]
  strategy: Strategy
  /** More decisions than this: the rest runs in natural order. */
  maxDecisions: number
  /** Milliseconds between two operations. */
  slowMs: number
  changed: Changes
  placeOf: (reader: StackReader, sent: SentCommand) => SourceLocation | undefined
}

/**
 * Decides, one operation at a time, what happens next in the tests of one iteration: commands of branches, messages of devices,
 * waits that look again, and time. It begins with the first branch of a test and ends with the test.
 */
export class Scheduler {
  readonly settling: Settling
  readonly record: DecisionRecord
  readonly pageTimers: PageTimers
  readonly earlier = new EarlierMessages()
  readonly decider: Decider
  readonly #timesMs = { settling: 0, waiting: 0 }
  /** Whether several branches or devices had something to do. */
  hadBranches = false
  readonly #queue = new OperationQueue()
  readonly #elements = new ElementSelectors()
  readonly #commands = new Set<OutgoingCommand>()
  readonly #rest: Rest
  #time: VirtualTime | undefined
  /** The test under control. */
  #testScope: TestScope | undefined
  #isOver = false
  #last: WaitingOperation | undefined

  constructor(private readonly options: SchedulerOptions) {
    this.settling = new Settling(options, {
      hasCommands: () => this.#commands.size > 0,
      isAtRest: () => this.#isAtRest(),
      areScripts: () => [...this.#commands].every(isScript),
      othersWait: () => this.#queue.hasMessages || this.pageTimers.next(this.#time?.now ?? 0) !== undefined,
    })
    this.record = new DecisionRecord(options)
    this.decider = new ScheduledDecisions({
      queue: this.#queue,
      record: this.record,
      changed: options.changed,
      controls: branch => this.#controls(branch),
      hasChoice: () => (this.hadBranches = true),
    })
    this.pageTimers = new PageTimers(options.devices)
    this.#rest = new Rest(options, this.settling, this.pageTimers)
    for (const [role, device] of options.devices) device.onMessage = waiting => this.#message(role, waiting)
  }

  /** Where the time went, in milliseconds. */
  get timesMs(): Record<string, number> {
    const { commandsMs } = this.settling
    const { settling, waiting } = this.#timesMs
    // The last settling may not be over.
    return { commands: commandsMs, settling: Math.max(0, settling - commandsMs), waiting }
  }

  get time(): VirtualTime | undefined {
    return this.#time
  }

  /** The branch whose code is running, if it is under control. */
  branchOfCaller(): Branch | undefined {
    const scope = scopeStorage.getStore()
    if (!scope || this.#isOver || insideCommand.getStore()) return undefined
    const branch = findBranch(scope.owner)
    return branch && this.#controls(branch) ? branch : undefined
  }

  /** A branch's command waits until it is chosen. */
  readonly intercept: CommandInterceptor = (command, proceed) => {
    const branch = command.scope && findBranch(command.scope.owner)
    if (!branch || !this.#controls(branch)) return proceed()
    return this.#command(command, branch, proceed)
  }

  /** Messages are counted, and pass until the test has branches. */
  startTest(): void {
    this.earlier.startTest(this.#queue.counts)
    for (const { stream } of this.options.devices.values()) stream?.start()
  }

  /** The hooks before the test have ended, and `endTest` with each: messages are counted again. */
  readonly startBody = (): void => {
    this.earlier.startBody(this.#queue.counts)
    for (const { stream } of this.options.devices.values()) stream?.start()
  }

  /** The test is over: everything goes on as it comes. */
  endTest(): void {
    const time = this.#time
    for (const { stream } of this.options.devices.values()) stream?.stop()
    if (!this.#testScope) return
    this.#testScope = undefined
    this.#time = undefined
    for (const device of this.options.devices.values()) device.releaseTimers()
    for (const operation of this.#queue.clear()) operation.go()
    time?.end()
    this.options.changed.notify()
  }

  /** The iteration is over. */
  end(): void {
    this.endTest()
    this.#isOver = true
    for (const device of this.options.devices.values()) device.onMessage = ({ pass }) => pass()
  }

  #controls({ testScope }: Branch): boolean {
    if (this.#isOver) return false
    if (!this.#testScope && testScope.main.state === 'live' && testScope.live.size > 1) this.#begin(testScope)
    return testScope === this.#testScope
  }

  #begin(testScope: TestScope): void {
    const { devices, changed } = this.options
    this.#testScope = testScope
    this.hadBranches = true
    this.#time = new VirtualTime(role => devices.get(role)?.changes ?? 0, changed.notify)
    for (const { stream } of devices.values()) stream?.start()
    void runOutsideTests(() => this.#drive(testScope)).catch((error: unknown) => {
      this.settling.failure ??= error
      this.endTest()
    })
  }

  async #command<T>(command: OutgoingCommand, branch: Branch, proceed: () => T | Promise<T>): Promise<T> {
    const { role } = command
    const { changed, devices } = this.options
    const { selector, isSearch } = this.#elements.selectorOf(role, command.command, command.args)
    const operation = labelCommand(command, selector ?? pathOf(command))
    const isRead = isReading(command)
    await new Promise<void>(resolve => {
      this.#queue.add({
        ...operation,
        isRead,
        branch,
        chain: `branch ${branchName(branch)}`,
        place: this.#placeOf(branch),
        go: () => {
          this.#commands.add(command)
          if (!isRead) this.settling.deviceActs(role, true)
          resolve()
        },
      })
      changed.notify()
    })
    try {
      const result = await proceed()
      if (isSearch && selector !== undefined) this.#elements.learn(role, selector, result)
      return result
    } finally {
      this.#commands.delete(command)
      const device = devices.get(role)
      if (device && !isRead) device.commands += 1
      changed.notify()
    }
  }

  /** The line of the command that a branch has just sent, or that its wait has sent last. */
  #placeOf({ scope, testScope }: Branch): () => SourceLocation | undefined {
    const { lastCommand } = callsOf(scope.owner)
    return () => lastCommand && this.options.placeOf(testScope.context, lastCommand)
  }

  #message(role: string, { message, isUp, pass }: WaitingMessage): void {
    const operation = labelMessage(role, message, isUp)
    if (!this.#testScope) {
      this.#queue.count(operation.label)
      return pass()
    }
    this.#queue.add({
      ...operation,
      go: () => {
        if (isUp) this.settling.serverActs()
        else this.settling.deviceActs(role)
        pass()
      },
    })
    this.options.changed.notify()
  }

  async #drive(testScope: TestScope): Promise<void> {
    const startedAt = realNow()
    const devices = [...this.options.devices.values()]
    await Promise.all(devices.map(async device => Promise.all([device.stream?.sync(), device.holdTimers()])))
    // The test may have ended meanwhile, and the next one may hold timers of its own.
    if (this.#testScope !== testScope) {
      if (!this.#testScope) for (const device of devices) device.releaseTimers()
      return
    }
    this.settling.allDevicesAct()
    for (const device of devices) device.level()
    let patience = maxPatience
    while (this.#testScope === testScope) {
      if (realNow() - startedAt > maxControlledMs) return this.endTest()
      const settlingSince = realNow()
      await this.settling.settle()
      this.#spend('settling', settlingSince)
      if (this.#testScope !== testScope) return
      this.#queue.admit(this.#last)
      const reads = this.#queue.takeReads()
      for (const read of reads) read.go()
      if (reads.length > 0) continue
      const enabled = this.#enabled()
      if (enabled.length > 0 && patience > 0 && this.options.strategy.awaitsOthers?.(enabled)) {
        patience -= 1
        await this.options.changed.next(patienceMs)
        continue
      }
      patience = maxPatience
      if (enabled.length > 0) await this.#run(enabled)
      else await this.#wait()
    }
  }

  #enabled(): WaitingOperation[] {
    const time = this.#time
    if (!time) return [...this.#queue.waiting]
    const polls = pollsOf(time, this.options.devices, this.#queue, branch => this.#placeOf(branch))
    const enabled = [...this.#queue.waiting, ...polls].toSorted(inNaturalOrder)
    const { pageTimers, record, settling } = this
    const timer = pageTimers.early(time, enabled)
    if (!timer) return enabled
    const fire = (): void => {
      settling.deviceActs(timer.role)
      pageTimers.fireEarly(timer, time.now)
    }
    return [...enabled, timerOperation(timer, { fire, queue: this.#queue, ran: record.ran })]
  }

  async #run(enabled: readonly WaitingOperation[]): Promise<void> {
    const { slowMs } = this.options
    const operation = this.record.pick(enabled)
    if (!operation) return
    if (slowMs > 0) await realDelay(slowMs)
    this.#last = operation
    this.#queue.remove(operation)
    operation.go()
  }

  /** Nothing can be chosen: time passes. */
  async #wait(): Promise<void> {
    const time = this.#time
    const startedAt = realNow()
    if (time) await this.#rest.pass(time, this.#isAtRest(), this.record.ran.length)
    this.#spend('waiting', startedAt)
  }

  /** Whether each branch waits for something that is known. */
  #isAtRest(): boolean {
    const live = [...(this.#testScope?.live ?? [])]
    return live.every(
      branch =>
        branch.waits.size > 0 ||
        this.#queue.hasBranch(branch) ||
        this.#time?.timers.some(timer => timer.branch === branch && !timer.isDeadline),
    )
  }

  #spend(what: 'settling' | 'waiting', startedAt: number): void {
    this.#timesMs[what] += realNow() - startedAt
  }
}
