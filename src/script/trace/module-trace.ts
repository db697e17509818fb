import type { ModuleEvent } from '../../event/run-event.js'
import type { SentCommand } from '../sent-command.js'
import { ElementSelectors } from './element-selectors.js'
import { Recent } from './recent.js'
import type { RecordedCommand, RecordedEntry, RecordedWait } from './recorded-entry.js'
import {
  errorInResult,
  foundElements,
  resultOf,
  writtenArguments,
  writtenError,
  writtenResult,
} from './written-arguments.js'
import { realDate, realNow } from '../real-time.js'

/** How many entries of a module are kept. */
const maxEntries = 10_000

/** Kept: a module may replace it. */
const { round } = Math

/** A command on its way to a device, and who sends it. */
interface StartedCommand {
  sent: SentCommand
  branch: string
  role: string
  command: string
  args: readonly unknown[]
}

/**
 * What happened in one module: commands, waits and passes, with little work while the module runs. The user's lines are
 * looked up only if the trace is wanted. Recording never throws, whatever the module did to its process.
 */
export class ModuleTrace {
  readonly #entries: Recent<RecordedEntry>
  readonly #elements = new ElementSelectors()
  readonly #offset = realDate() - realNow()
  #taken = false

  /** @param max - entries that are kept, the last ones */
  constructor(max: number = maxEntries) {
    this.#entries = new Recent(max)
  }

  /** @returns what to call with the result or error of the command */
  startCommand({ sent, branch, role, command, args }: StartedCommand): (outcome: CommandOutcome) => void {
    const entry: RecordedCommand = { type: 'command', sent, branch, role, args: [], start: this.#now() }
    this.#entries.add(entry)
    let isSearch = false
    try {
      const inScript = sent.callSites.find(site => site.selector !== undefined)?.selector
      const found = this.#elements.selectorOf(role, command, args, inScript)
      const { selector } = found
      if (selector !== undefined) entry.selector = selector
      entry.args = writtenArguments(command, args, selector !== undefined)
      isSearch = found.isSearch
    } catch {
      // An object of the module may throw when it is read.
    }
    return outcome => this.#endCommand(entry, outcome, isSearch)
  }

  /** @returns what to call when the wait has ended */
  startWait(wait: Omit<RecordedWait, 'type' | 'start' | 'end' | 'error'>): (failure?: { error: unknown }) => void {
    const entry: RecordedWait = { ...wait, type: 'wait', start: this.#now() }
    this.#entries.add(entry)
    return failure => {
      entry.end = this.#now()
      if (failure) entry.error = writtenError(failure.error)
    }
  }

  addTest(title: string[], role: string): void {
    this.#entries.add({ type: 'test', title, role, at: this.#now() })
  }

  addPass(pass: { branch: string; role: string; from?: string; place?: string }): void {
    this.#entries.add({ type: 'pass', ...pass, at: this.#now() })
  }

  /** Adds events of branches, signals and networks; ignores others. */
  addEvent(event: ModuleEvent): void {
    const at = this.#now()
    if (event.type === 'signal') {
      const { branch, role, name, place } = event
      this.#entries.add({ type: 'signal', branch, role, name, at, ...placed(place) })
    } else if (event.type === 'branch:start' || event.type === 'branch:end') {
      const { branch, role, place } = event
      const state = event.type === 'branch:start' ? 'started' : event.state
      this.#entries.add({ type: 'branch', branch, role, state, at, ...placed(place) })
    } else if (event.type === 'network') {
      const { role, act, place } = event
      this.#entries.add({ type: 'network', branch: '', role, act, at, ...placed(place) })
    }
  }

  /** Returns what was recorded, oldest first, and how many earlier entries are missing; undefined the second time. */
  take(): { entries: RecordedEntry[]; dropped: number } | undefined {
    if (this.#taken) return undefined
    this.#taken = true
    return { entries: this.#entries.list(), dropped: this.#entries.dropped }
  }

  #endCommand(entry: RecordedCommand, outcome: CommandOutcome, isSearch: boolean): void {
    entry.end = this.#now()
    try {
      if ('error' in outcome) {
        entry.error = writtenError(outcome.error)
        return
      }
      const result = resultOf(outcome.result)
      const error = errorInResult(result)
      if (error !== undefined) entry.error = error
      const found = isSearch ? foundElements(result) : undefined
      const text = found ? `${found.length} found` : writtenResult(result)
      if (text !== undefined) entry.result = text
      if (isSearch && entry.selector !== undefined) this.#elements.learn(entry.role, entry.selector, result)
    } catch {
      // As above.
    }
  }

  /** Milliseconds since the epoch, with two decimals. */
  #now(): number {
    return round((realNow() + this.#offset) * 100) / 100
  }
}

export type CommandOutcome = { result: unknown } | { error: unknown }

function placed(place: string | undefined): { place?: string } {
  return place === undefined ? {} : { place }
}
