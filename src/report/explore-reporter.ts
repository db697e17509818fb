import { countOf } from '../error/closest-name.js'
import type { RunEvent } from '../event/run-event.js'
import { createConsoleReporter, type ConsoleOptions } from './console-reporter.js'
import { formatExploration, isBroken } from './format-exploration.js'
import { LiveScreen, type Terminal } from './live-screen.js'
import { createPaint } from './paint.js'
import { formatDuration, moduleName, plainLine } from './plain-text.js'
import type { Reporter } from './reporter.js'
import type { RunRecord } from './run-record.js'
import type { ModuleState, RunChange, RunState } from './run-state.js'

export interface ExploreReporterOptions extends ConsoleOptions {
  /** Redrawn in place; absent: only lines that stay are written. */
  terminal?: Terminal
}

/** Width of a page that is not a terminal. */
const defaultColumns = 100

/** For `baton explore` and `baton replay`: a line for each module, updated in place on a terminal, and what was found. */
export function createExploreReporter(options: ExploreReporterOptions): Reporter {
  return new ExploreReporter(options)
}

class ExploreReporter implements Reporter {
  readonly #screen: LiveScreen | undefined
  /** What is not particular to exploring. */
  readonly #lines: Reporter
  #state: RunState | undefined
  #closed = false

  constructor(private readonly options: ExploreReporterOptions) {
    this.#screen = options.terminal && new LiveScreen(options.terminal)
    this.#lines = createConsoleReporter({ ...options, write: text => this.#write(text) })
  }

  event(event: RunEvent, state: RunState, changes: readonly RunChange[]): void {
    this.#state = state
    for (const change of changes) this.#show(change, event, state)
    this.#draw()
  }

  notice(line: string): void {
    this.#write(`${line}\n`)
    if (this.#closed) this.#screen?.draw([])
    else this.#draw()
  }

  end(record: RunRecord): void {
    const modules = [...(this.#state?.modules.values() ?? [])]
    const { reportDirectory, color, terminal } = this.options
    const style = { paint: createPaint(color), reportDirectory, columns: terminal?.columns || defaultColumns }
    for (const line of formatExploration(record, modules, style)) this.#write(`${line}\n`)
    this.close()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#screen?.draw([])
  }

  #show(change: RunChange, event: RunEvent, state: RunState): void {
    switch (change.type) {
      case 'run-started':
        return this.#write(`${describeStart(change.modules.length, state)}\n\n`)
      case 'module-ended':
        return this.#endModule(change, event, state)
      case 'attempt-started':
      case 'suite-started':
      case 'suite-ended':
        return undefined
      case 'device-trouble':
      case 'module-waiting':
      case 'output':
      case 'warning':
      case 'events-dropped':
        return this.#lines.event(event, state, [change])
    }
  }

  #endModule(change: Extract<RunChange, { type: 'module-ended' }>, event: RunEvent, state: RunState): void {
    const { explored, end } = change.module
    // The end shows what a replay did.
    if (explored && explored.replays.length > 0) return
    const isExplained =
      explored !== undefined && (end?.verdict === 'passed' || (explored.bugs.size > 0 && !isBroken(change.module)))
    if (isExplained) this.#write(`${progressOf(change.module)}\n`)
    else this.#lines.event(event, state, [change])
  }

  #draw(): void {
    if (!this.#screen || !this.#state || this.#closed) return
    const { rows } = this.options.terminal ?? { rows: 0 }
    const active = [...this.#state.modules.values()].filter(({ explored, end }) => explored && !end)
    this.#screen.draw(active.slice(0, Math.max(1, (rows || 24) - 2)).map(progressOf))
  }

  #write(text: string): void {
    if (this.#screen) this.#screen.print(text)
    else this.options.write(text)
  }
}

function describeStart(count: number, { run, options }: RunState): string {
  const explore = (options['explore'] ?? {}) as Record<string, unknown>
  const text = (key: string): string => plainLine(String((explore[key] as string | number | undefined) ?? ''))
  if (explore['do'] === 'replay') return `replaying a schedule of ${text('module')} ${text('times')} times, run ${run}`
  return `exploring ${countOf(count, 'module')}: strategy ${text('strategy')}, seed ${text('seed')}, run ${run}`
}

/** `auction.ts: 40 iterations, 31 orders, 1 bug, 58 s` */
function progressOf({ listing, explored, attempts }: ModuleState): string {
  const name = plainLine(moduleName(listing))
  if (!explored) return name
  const durationMs = [...attempts.values()].reduce((sum, attempt) => sum + attempt.durationMs, 0)
  const counts = [
    countOf(explored.size, 'iteration'),
    countOf(explored.orders, 'order'),
    countOf(explored.bugs.size, 'bug'),
    formatDuration(durationMs),
  ]
  if (!explored.hasBranches) return `${name}: has no branches, so there is nothing to explore: ran once`
  return `${name}: ${counts.join(', ')}`
}
