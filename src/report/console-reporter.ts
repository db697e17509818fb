import { countOf } from '../error/closest-name.js'
import type { RunEvent } from '../event/run-event.js'
import type { ReportedVerdict } from '../event/verdicts.js'
import {
  failuresToShow,
  formatFailure,
  formatLog,
  formatOutput,
  formatVideos,
  type FailureStyle,
} from './format-failure.js'
import { formatSummary } from './format-summary.js'
import { moduleName } from './module-name.js'
import { createPaint, type Colour } from './paint.js'
import { formatDuration, plainLine } from './plain-text.js'
import type { Reporter } from './reporter.js'
import { toModuleRecord, type ModuleRecord } from './run-record.js'
import type { AttemptRecord, ModuleState, RunState } from './run-state.js'
import { SuiteProgress, type SuiteNews } from './suite-progress.js'
import { verdictColours } from './verdict-colours.js'

export interface ConsoleOptions {
  /** Gets whole lines. */
  write: (text: string) => void
  color: boolean
  /** Shows what modules print while they run, not only where they fail. */
  verbose: boolean
  /** Leaves out what goes as expected: first starts, and ends that are no more than counted. */
  brief?: boolean
  /** Where the run was started: paths are shown relative to it. */
  cwd: string
  /** Where the report is, as the last line tells it. */
  reportDirectory?: string
}

/** Nothing to look at now; what was not run is told at the end, by reason. */
const expected: ReadonlySet<ReportedVerdict> = new Set(['passed', 'skipped', 'not-run'])

/** Plain lines for people: each module's start and end, each failure as its module ends, totals at the end. */
export function createConsoleReporter(options: ConsoleOptions): Reporter {
  return new ConsoleReporter(options)
}

class ConsoleReporter implements Reporter {
  readonly #style: FailureStyle
  /** Last reason told of each device, so that it is told once. */
  readonly #troubles = new Map<string, string>()
  /** Why the module whose end was told last has no result. */
  #reason: string | undefined
  /** Modules whose end was told: where it is told again, it is the same end. */
  readonly #ended = new Set<string>()
  readonly #suites = new SuiteProgress()
  #failures = 0

  constructor(private readonly options: ConsoleOptions) {
    this.#style = { paint: createPaint(options.color), cwd: options.cwd, reportDirectory: options.reportDirectory }
  }

  event(event: RunEvent, state: RunState): void {
    const news = this.#suites.apply(event)
    // It begins before its first module does, and ends after its last one.
    if (news && !news.verdict) this.#suite(news)
    this.#module(event, state)
    if (news?.verdict) this.#suite(news)
  }

  #module(event: RunEvent, state: RunState): void {
    switch (event.type) {
      case 'run:start':
        return this.#print([`${countOf(event.modules.length, 'module')}, run ${plainLine(event.run)}`, ''])
      case 'device:state':
        return this.#device(event.device, event.state, event.reason)
      case 'attempt:start':
        return this.#start(state.modules.get(event.module), event.lease)
      case 'log':
        return this.#log(state.modules.get(event.module), event.text)
      case 'events:dropped':
        return this.#dropped(state.modules.get(event.module), event.count)
      case 'module:end':
        return this.#end(event.module, state)
      case 'run:end':
      case 'stage':
      case 'module:loaded':
      case 'test:start':
      case 'test:end':
      case 'baton:pass':
      case 'branch:start':
      case 'branch:end':
      case 'branch:wait':
      case 'branch:resume':
      case 'barrier:arrive':
      case 'signal':
      case 'artifact':
      case 'attempt:end':
    }
  }

  end(record: Parameters<Reporter['end']>[0]): void {
    // Of modules whose end was never told, what is known is shown now.
    for (const module of record.modules.filter(({ verdict }) => verdict === 'interrupted')) this.#failuresOf(module)
    this.#print(formatSummary(record, this.#style.paint, this.options.reportDirectory))
  }

  #start(module: ModuleState | undefined, lease: string): void {
    const attempt = module?.attempts.get(lease)
    if (!module || !attempt) return
    const earlier = [...module.attempts.values()].filter(other => other !== attempt).at(-1)
    if (this.options.brief && !earlier) return
    const roles = rolesInOrder(module.listing, attempt).map(([role, device]) =>
      role === device ? role : `${role}: ${device}`,
    )
    const on = roles.length > 0 ? ` on ${plainLine(roles.join(', '))}` : ''
    this.#line('start', undefined, `${plainLine(moduleName(module.listing))}${on}`)
    if (earlier) this.#print([`         again: ${whyAgain(earlier)}`])
  }

  #dropped(module: ModuleState | undefined, count: number): void {
    if (!module) return
    const what = count === 1 ? 'event was' : 'events were'
    this.#print([
      `         ${plainLine(moduleName(module.listing))}: ${count.toLocaleString('en')} ${what} dropped, because there are too many`,
    ])
  }

  #end(id: string, run: RunState): void {
    const state = run.modules.get(id)
    if (!state || this.#ended.has(id)) return
    this.#ended.add(id)
    const module = toModuleRecord(state, run)
    if (this.options.brief && expected.has(module.verdict)) return
    this.#line(
      module.verdict,
      verdictColours[module.verdict],
      `${plainLine(moduleName(module))}  ${this.#outcome(module)}`,
    )
    if (module.verdict === 'failed') this.#failuresOf(module)
  }

  /** What stands behind a module's verdict, or why it has no result: where that is what the line before says, not again. */
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
    this.#print(formatVideos(attempt, this.#style))
    if (!this.options.verbose) this.#print(formatOutput(attempt, this.#style))
  }

  #device(device: string, state: string, reason: string | undefined): void {
    const trouble = state === 'quarantined' || state === 'offline' ? `${state}${reason ? `: ${reason}` : ''}` : ''
    if ((this.#troubles.get(device) ?? '') === trouble) return
    this.#troubles.set(device, trouble)
    if (trouble !== '') this.#line('device', 'yellow', plainLine(`${device} ${trouble}`))
  }

  #suite({ suite, verdict, text }: SuiteNews): void {
    this.#line('suite', verdict && verdictColours[verdict], plainLine(`${suite} ${text}`))
  }

  #log(module: ModuleState | undefined, text: string): void {
    if (!this.options.verbose || !module) return
    const file = plainLine(moduleName(module.listing))
    this.#print(formatLog({ text }).map(line => this.#style.paint('gray', `${file} | ${line}`)))
  }

  #line(word: string, colour: Colour | undefined, text: string): void {
    const padded = word.padEnd(8)
    this.#print([`${colour ? this.#style.paint(colour, padded) : padded} ${text}`])
  }

  #print(lines: readonly string[]): void {
    for (const line of lines) this.options.write(`${line}\n`)
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
  // What a test says is no reason of the farm.
  const cause = verdict === 'failed' ? (error ?? failed?.error) : error
  const what = verdict === 'failed' ? 'it failed' : verdict === 'interrupted' ? 'it was stopped' : 'the farm failed'
  const hint = verdict === 'failed' || error?.hint === undefined ? '' : `; ${plainLine(error.hint)}`
  return cause ? `${what}: ${plainLine(cause.message).slice(0, 160)}${hint}` : what
}

/** What stands behind a module's verdict: how many tests, how long. */
function formatCounts(module: ModuleRecord): string {
  const { counts, durationMs, countedAttempts, verdict } = module
  const tests = (['failed', 'passed', 'pending'] as const).filter(state => counts[state] > 0)
  const attempts = verdict === 'flaky' ? `, attempt ${countedAttempts}` : ''
  return `${[...tests.map(state => `${counts[state]} ${state}`), formatDuration(durationMs)].join(', ')}${attempts}`
}
