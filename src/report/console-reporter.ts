import type { RunEvent } from '../event/run-event.js'
import { failuresToShow, formatFailure, formatLog, formatOutput, type FailureStyle } from './format-failure.js'
import { formatSummary } from './format-summary.js'
import { createPaint, type Colour } from './paint.js'
import { countOf, formatDuration, plainLine } from './plain-text.js'
import type { Reporter } from './reporter.js'
import { recordModule, type ModuleRecord, type RecordedVerdict } from './run-record.js'
import { applyEvent, newRunState, type AttemptRecord, type ModuleState } from './run-state.js'

export interface ConsoleOptions {
  /** Gets whole lines. */
  write: (text: string) => void
  color: boolean
  /** Shows what modules print while they run, not only where they fail. */
  verbose: boolean
  /** Where the run was started: paths are shown relative to it. */
  cwd: string
  /** Where the report is, as the last line tells it. */
  reportDirectory?: string
}

const colours: Record<RecordedVerdict, Colour> = {
  passed: 'green',
  failed: 'red',
  flaky: 'yellow',
  skipped: 'cyan',
  lost: 'red',
  interrupted: 'yellow',
  'not-run': 'yellow',
}

/** Plain lines for people: each module's start and end, each failure as its module ends, totals at the end. */
export function createConsoleReporter(options: ConsoleOptions): Reporter {
  return new ConsoleReporter(options)
}

class ConsoleReporter implements Reporter {
  readonly #state = newRunState()
  readonly #style: FailureStyle
  /** Last reason told of each device, so that it is told once. */
  readonly #troubles = new Map<string, string>()
  #failures = 0

  constructor(private readonly options: ConsoleOptions) {
    this.#style = { paint: createPaint(options.color), cwd: options.cwd, reportDirectory: options.reportDirectory }
  }

  event(event: RunEvent): void {
    const before = event.type === 'module:end' ? this.#state.modules.get(event.module)?.end : undefined
    applyEvent(this.#state, event)
    switch (event.type) {
      case 'run:start':
        return this.#print([`${countOf(event.modules.length, 'module')}, run ${plainLine(event.run)}`, ''])
      case 'device:state':
        return this.#device(event.device, event.state, event.reason)
      case 'attempt:start':
        return this.#start(event.module, event.lease)
      case 'log':
        return this.#log(event.module, event.text)
      case 'module:end':
        return before ? undefined : this.#end(event.module)
      case 'run:end':
      case 'module:loaded':
      case 'test:start':
      case 'test:end':
      case 'baton:pass':
      case 'artifact':
      case 'attempt:end':
    }
  }

  end(record: Parameters<Reporter['end']>[0]): void {
    // Of modules whose end was never told, what is known is shown now.
    for (const module of record.modules.filter(({ verdict }) => verdict === 'interrupted')) this.#failuresOf(module)
    this.#print(formatSummary(record, this.#style.paint, this.options.reportDirectory))
  }

  #start(id: string, lease: string): void {
    const module = this.#state.modules.get(id)
    const attempt = module?.attempts.get(lease)
    if (!module || !attempt) return
    const roles = rolesInOrder(module.listing, attempt).map(([role, device]) =>
      role === device ? role : `${role}: ${device}`,
    )
    const on = roles.length > 0 ? ` on ${plainLine(roles.join(', '))}` : ''
    this.#line('start', undefined, `${plainLine(module.listing.file)}${on}`)
    const earlier = [...module.attempts.values()].filter(other => other !== attempt).at(-1)
    if (earlier) this.#print([`         again: ${whyAgain(earlier)}`])
  }

  #end(id: string): void {
    const state = this.#state.modules.get(id)
    if (!state) return
    const module = recordModule(state, this.#state)
    this.#line(module.verdict, colours[module.verdict], `${plainLine(module.file)}  ${outcome(module)}`)
    if (module.verdict === 'failed') this.#failuresOf(module)
  }

  #failuresOf(module: ModuleRecord): void {
    const attempt = module.attempts.find(({ lease }) => lease === module.lease)
    const failures = attempt ? failuresToShow(attempt) : []
    if (!attempt || failures.length === 0) return
    this.#print([''])
    for (const failure of failures) {
      this.#failures += 1
      const title = `${plainLine(module.file)}: ${failure.title}`
      this.#print(formatFailure({ ...failure, title }, this.#failures, this.#style))
    }
    if (!this.options.verbose) this.#print(formatOutput(attempt, this.#style))
  }

  #device(device: string, state: string, reason: string | undefined): void {
    const trouble = state === 'quarantined' || state === 'offline' ? `${state}${reason ? `: ${reason}` : ''}` : ''
    if ((this.#troubles.get(device) ?? '') === trouble) return
    this.#troubles.set(device, trouble)
    if (trouble !== '') this.#line('device', 'yellow', plainLine(`${device} ${trouble}`))
  }

  #log(id: string, text: string): void {
    if (!this.options.verbose) return
    const file = plainLine((this.#state.modules.get(id) as ModuleState).listing.file)
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
  const cause = error ?? failed?.error
  const what = verdict === 'failed' ? 'it failed' : 'the farm failed'
  return cause ? `${what}: ${plainLine(cause.message).slice(0, 160)}` : what
}

/** What stands behind a module's verdict: how many tests, how long, or why not. */
function outcome(module: ModuleRecord): string {
  const { counts, durationMs, countedAttempts, verdict, reasons } = module
  if (verdict === 'lost' || verdict === 'not-run') return plainLine(reasons.at(-1) ?? '')
  const tests = (['failed', 'passed', 'pending'] as const).filter(state => counts[state] > 0)
  const attempts = verdict === 'flaky' ? `, attempt ${countedAttempts}` : ''
  return `${[...tests.map(state => `${counts[state]} ${state}`), formatDuration(durationMs)].join(', ')}${attempts}`
}
