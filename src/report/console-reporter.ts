import { countOf } from '../error/closest-name.js'
import type { RunEvent } from '../event/run-event.js'
import { moduleVerdicts, type ReportedVerdict } from '../event/verdicts.js'
import { withoutCiCommands } from './ci-commands.js'
import {
  failuresToShow,
  formatFailure,
  formatLog,
  formatOutput,
  formatRecordings,
  type FailureStyle,
} from './format-failure.js'
import { formatSummary } from './format-summary.js'
import { type Colour, createPaint, verdictColours } from './paint.js'
import { formatDuration, moduleName, plainLine } from './plain-text.js'
import type { Reporter } from './reporter.js'
import { toModuleRecord, type ModuleRecord } from './run-record.js'
import type { AttemptRecord } from './run-schema.js'
import type { ModuleState, RunChange, RunState } from './run-state.js'

export interface ConsoleOptions {
  /** Gets whole lines. */
  write: (text: string) => void
  color: boolean
  /** Shows what modules print while they run, not only if they fail. */
  verbose: boolean
  /** Leaves out what goes as expected: first starts, and modules that passed, were skipped or not run. */
  brief?: boolean
  /** Where the run was started: paths are relative to it. */
  cwd: string
  /** Where the report is, as the last line shows it. */
  reportDirectory?: string
}

/** Nothing to act on now; what was not run is listed at the end, by reason. */
const expected: ReadonlySet<ReportedVerdict> = new Set(['passed', 'skipped', 'not-run'])

/** Plain lines for people: each module's start and end, each failure as its module ends, totals at the end. */
export function createConsoleReporter(options: ConsoleOptions): Reporter {
  return new ConsoleReporter(options)
}

class ConsoleReporter implements Reporter {
  readonly #style: FailureStyle
  /** Why the module that was shown last has no result. */
  #reason: string | undefined
  #failures = 0
  readonly #warnings = new Map<string, number>()

  constructor(private readonly options: ConsoleOptions) {
    this.#style = { paint: createPaint(options.color), cwd: options.cwd, reportDirectory: options.reportDirectory }
  }

  event(_event: RunEvent, state: RunState, changes: readonly RunChange[]): void {
    for (const change of changes) this.#show(change, state)
  }

  #show(change: RunChange, state: RunState): void {
    switch (change.type) {
      case 'run-started':
        return this.#print([`${countOf(change.modules.length, 'module')}, run ${plainLine(change.run)}`, ''])
      case 'suite-started':
        return this.#line('suite', undefined, plainLine(`${change.suite} starts: ${countOf(change.modules, 'module')}`))
      case 'suite-ended':
        return this.#line('suite', verdictColours[change.verdict], plainLine(`${change.suite} ${suiteOutcome(change)}`))
      case 'device-trouble':
        return this.#line('device', 'yellow', plainLine(`${change.device} ${change.trouble}`))
      case 'module-waiting':
        return this.#waiting(change)
      case 'attempt-started':
        return this.#start(change)
      case 'output':
        return this.#output(change)
      case 'warning':
        return this.#warning(change)
      case 'events-dropped':
        return this.#dropped(change)
      case 'module-ended':
        return this.#end(change.module, state)
    }
  }

  end(record: Parameters<Reporter['end']>[0]): void {
    // Modules without a result: what is known about them is shown now.
    for (const module of record.modules.filter(({ verdict }) => verdict === 'interrupted')) this.#failuresOf(module)
    for (const [message, times] of this.#warnings) {
      if (times > 1) this.#line('warning', 'yellow', `${countOf(times - 1, 'more time')}: ${plainLine(message)}`)
    }
    this.#print(formatSummary(record, this.#style.paint, this.options.reportDirectory))
  }

  #waiting({ module, more, roles }: Extract<RunChange, { type: 'module-waiting' }>): void {
    const others = more > 0 ? ` and ${more} more` : ''
    const texts = Object.entries(roles).map(([role, text]) => `for ${plainLine(role)}: ${plainLine(text)}`)
    this.#line('waiting', 'yellow', `${plainLine(moduleName(module.listing))}${others} ${texts.join('; ')}`)
  }

  #start({ module, attempt }: Extract<RunChange, { type: 'attempt-started' }>): void {
    const earlier = [...module.attempts.values()].filter(other => other !== attempt).at(-1)
    if (this.options.brief && !earlier) return
    const roles = rolesInOrder(module.listing, attempt).map(([role, device]) =>
      role === device ? role : `${role}: ${device}`,
    )
    const on = roles.length > 0 ? ` on ${plainLine(roles.join(', '))}` : ''
    this.#line('start', undefined, `${plainLine(moduleName(module.listing))}${on}`)
    if (earlier) this.#print([`         again, because ${whyAgain(earlier)}`])
  }

  /** Many modules may have the same warning, which is shown once. */
  #warning({ module, warning: { message, hint } }: Extract<RunChange, { type: 'warning' }>): void {
    const times = (this.#warnings.get(message) ?? 0) + 1
    this.#warnings.set(message, times)
    if (times > 1) return
    this.#line('warning', 'yellow', `${plainLine(moduleName(module.listing))}: ${plainLine(message)}`)
    if (hint !== undefined) this.#print([`         HINT: ${plainLine(hint)}`])
  }

  #dropped({ module, count }: Extract<RunChange, { type: 'events-dropped' }>): void {
    const what = count === 1 ? 'event was' : 'events were'
    const file = plainLine(moduleName(module.listing))
    this.#print([`         ${file}: ${count.toLocaleString('en')} ${what} dropped, because there are too many`])
  }

  #end(state: ModuleState, run: RunState): void {
    const module = toModuleRecord(state, run)
    if (this.options.brief && expected.has(module.verdict)) return
    this.#line(
      module.verdict,
      verdictColours[module.verdict],
      `${plainLine(moduleName(module))}  ${this.#outcome(module)}`,
    )
    if (module.verdict === 'failed') this.#failuresOf(module)
  }

  /** The counts behind a module's verdict, or why it has no result. A reason is not repeated if the previous line shows the same. */
  #outcome(module: ModuleRecord): string {
    const reason = ['lost', 'not-run'].includes(module.verdict) ? plainLine(module.reasons.at(-1) ?? '') : undefined
    const repeated = reason !== undefined && reason !== '' && reason === this.#reason
    this.#reason = reason
    return repeated ? 'for the same reason' : (reason ?? formatCounts(module))
  }

  #failuresOf(module: ModuleRecord): void {
    const attempt = module.attempts.find(({ lease }) => lease === module.lease)
    const failures = attempt ? failuresToShow(attempt) : []
    if (!attempt || failures.length === 0) return
    this.#print([''])
    for (const failure of failures) {
      this.#failures += 1
      const title = `${plainLine(moduleName(module))}: ${failure.title}`
      this.#print(formatFailure({ ...failure, title }, this.#failures, this.#style))
    }
    this.#print(formatRecordings(attempt, this.#style))
    if (!this.options.verbose) this.#print(formatOutput(attempt, this.#style))
  }

  #output({ module, text }: Extract<RunChange, { type: 'output' }>): void {
    if (!this.options.verbose) return
    const file = plainLine(moduleName(module.listing))
    this.#print(formatLog({ text }).map(line => this.#style.paint('gray', `${file} | ${line}`)))
  }

  #line(word: string, colour: Colour | undefined, text: string): void {
    const padded = word.padEnd(8)
    this.#print([`${colour ? this.#style.paint(colour, padded) : padded} ${text}`])
  }

  #print(lines: readonly string[]): void {
    for (const line of lines) this.options.write(`${withoutCiCommands(line)}\n`)
  }
}

/** The first role first, the others as the module names them. */
function rolesInOrder({ firstRole, roles }: ModuleState['listing'], { devices }: AttemptRecord): [string, string][] {
  const order = [firstRole, ...Object.keys(roles)]
  const rank = (role: string): number => (order.includes(role) ? order.indexOf(role) : order.length)
  return Object.entries(devices).toSorted(([a], [b]) => rank(a) - rank(b))
}

function whyAgain({ verdict, error, tests }: AttemptRecord): string {
  const failed = tests.find(test => test.state === 'failed' && !test.willRetry)
  // The error of a test does not explain why the farm has no result.
  const cause = verdict === 'failed' ? (error ?? failed?.error) : error
  const what = verdict === 'failed' ? 'it failed' : verdict === 'interrupted' ? 'it was stopped' : 'the farm failed'
  const hint = verdict === 'failed' || error?.hint === undefined ? '' : `; ${plainLine(error.hint)}`
  return cause ? `${what}: ${plainLine(cause.message).slice(0, 160)}${hint}` : what
}

/** The counts behind a module's verdict: how many tests, how long. */
function formatCounts(module: ModuleRecord): string {
  const { counts, durationMs, countedAttempts, verdict } = module
  const tests = (['failed', 'passed', 'pending'] as const).filter(state => counts[state] > 0)
  const attempts = verdict === 'flaky' ? `, attempt ${countedAttempts}` : ''
  return `${[...tests.map(state => `${counts[state]} ${state}`), formatDuration(durationMs)].join(', ')}${attempts}`
}

function suiteOutcome({ verdict, state, reason }: Extract<RunChange, { type: 'suite-ended' }>): string {
  if (verdict === 'not-run') return reason === undefined ? 'was not run' : `was not run: ${reason}`
  const counts = moduleVerdicts.flatMap(each => {
    const count = state.ended.get(each) ?? 0
    return count === 0 ? [] : [`${count} ${each.replace('-', ' ')}`]
  })
  return `${verdict}: ${counts.join(', ')}`
}
