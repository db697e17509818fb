import type { RunEvent } from '../../src/event/run-event.js'

/** What one process printed about a run: with `--json`, from its beginning to its end. */
export interface RunView {
  /** Who it was, e.g. `follower 2`. */
  reader: string
  events: readonly RunEvent[]
}

export interface AuditedRun {
  run: string
  /** Of all that saw the run end. */
  views: readonly RunView[]
  /** What the farm has recorded, if the run was detached: module → verdict. */
  recorded?: ReadonlyMap<string, string>
}

/** One command of a module that reached a device. */
export interface DeviceCommand {
  at: number
  device: string
  /** Unique for each attempt, and printed by it. */
  mark: string
}

export interface RunAudit {
  modules: number
  /** Modules that infrastructure failed three times. */
  struckOut: number
  /** Attempts beyond the one that each module needs. */
  wasted: number
  violations: string[]
}

/** Checks what was seen of one run: each module has exactly one result, everybody saw the same one, and it passed. */
export function auditRun({ run, views, recorded }: AuditedRun): RunAudit {
  const violations: string[] = []
  const verdicts = views.map(view => verdictsOf(view, violations, run))
  const [first] = views
  const modules = first ? listedModules(first) : []
  let struckOut = 0
  for (const module of modules) {
    const seen = [...verdicts.map(of => of.get(module)?.verdict), ...(recorded ? [recorded.get(module)] : [])]
    if (seen.includes(undefined)) violations.push(`${run}: ${module} has no result for everybody: ${seen.join(', ')}`)
    if (new Set(seen).size > 1) violations.push(`${run}: readers disagree on ${module}: ${seen.join(', ')}`)
    const end = verdicts[0]?.get(module)
    if (end?.verdict === 'lost' && (end.reasons ?? []).length >= 3) struckOut += 1
    else if (end && end.verdict !== 'passed') {
      const reasons = [...(end.reasons ?? []), ...(first ? failuresOf(first, module) : [])]
      violations.push(`${run}: ${module} is ${end.verdict}: ${reasons.join(' | ')}`)
    }
  }
  const started = first ? first.events.filter(({ type }) => type === 'attempt:start').length : 0
  return { modules: modules.length, struckOut, wasted: Math.max(0, started - modules.length), violations }
}

/** Why attempts of a module and their tests failed. */
function failuresOf({ events }: RunView, module: string): string[] {
  return events.flatMap(event => {
    if (event.type !== 'attempt:end' && event.type !== 'test:end') return []
    return event.module === module && event.error ? [`${event.lease}: ${event.error.message}`] : []
  })
}

type ModuleEnd = Extract<RunEvent, { type: 'module:end' }>

function verdictsOf({ reader, events }: RunView, violations: string[], run: string): Map<string, ModuleEnd> {
  const ends = new Map<string, ModuleEnd>()
  for (const event of events) {
    if (event.type !== 'module:end') continue
    if (ends.has(event.module) && !event.corrected)
      violations.push(
        `${run}: ${reader} saw ${event.module} end twice: ${ends.get(event.module)?.verdict}, ${event.verdict}`,
      )
    ends.set(event.module, event)
  }
  return ends
}

function listedModules({ events }: RunView): string[] {
  return events.flatMap(event => (event.type === 'run:start' ? event.modules.map(({ id }) => id) : []))
}

/** Mark → lease, from what attempts printed. */
export function leasesByMark(events: readonly RunEvent[]): Map<string, string> {
  const marks = events.flatMap(event => {
    const mark = event.type === 'log' ? /\bmark (\S+)/.exec(event.text)?.[1] : undefined
    return mark !== undefined && event.type === 'log' ? [[mark, event.lease] as const] : []
  })
  return new Map(marks)
}

/**
 * Checks the access logs of the devices, in the order in which commands arrived: once a device has taken a command of another
 * attempt, none of an earlier one may follow, and leases only grow.
 */
export function auditCommands(
  commands: readonly DeviceCommand[],
  leaseOf: ReadonlyMap<string, string>,
): { commands: number; violations: string[] } {
  const violations: string[] = []
  const current = new Map<string, string>()
  const over = new Map<string, Set<string>>()
  for (const { at, device, mark } of commands) {
    const before = current.get(device)
    if (before === mark) continue
    const ended = over.get(device) ?? new Set()
    over.set(device, ended)
    if (ended.has(mark)) violations.push(`${device} took a command of ${mark} at ${at}, after one of ${before}`)
    const [lease, last] = [leaseOf.get(mark), leaseOf.get(before ?? '')]
    if (lease !== undefined && last !== undefined && Number(lease) <= Number(last))
      violations.push(`${device} took a command of lease ${lease} at ${at}, after lease ${last}`)
    if (before !== undefined) ended.add(before)
    current.set(device, mark)
  }
  return { commands: commands.length, violations }
}

/** Parses an access log of `device-server-main.ts`. */
export function parseAccessLog(text: string): DeviceCommand[] {
  return text.split('\n').flatMap(line => {
    const [at, device, mark] = line.split(' ')
    return at !== undefined && device !== undefined && mark !== undefined ? [{ at: Number(at), device, mark }] : []
  })
}
