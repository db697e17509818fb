import type { Trace, TraceCommand, TraceEntry, TraceWait } from '../../event/trace.js'

/** What one role did, as a line for people: one call of the script, one wait, one pass. */
export interface Step {
  kind: TraceEntry['type']
  role: string
  branch: string
  text: string
  /** Milliseconds since the epoch. */
  start: number
  /** Absent: it had not ended. */
  end?: number
  /** `file:line:column`. */
  place?: string
  error?: string
  /** Of a pass: the role that was active before. */
  from?: string
  /** Of a test or hook. */
  title?: string[]
}

/** Turns a trace into steps, in the order in which they started. */
export function stepsOf({ entries }: Trace): Step[] {
  const calls = new Map<number, TraceCommand[]>()
  const ordered: (Exclude<TraceEntry, TraceCommand> | TraceCommand[])[] = []
  for (const entry of entries) {
    if (entry.type !== 'command') {
      ordered.push(entry)
      continue
    }
    const known = calls.get(entry.call)
    if (known) {
      known.push(entry)
      continue
    }
    const commands = [entry]
    calls.set(entry.call, commands)
    ordered.push(commands)
  }
  return ordered.flatMap(one => (Array.isArray(one) ? callStep(one) : stepOf(one)))
}

/** @returns none if it only found an element: the next step names it */
function callStep(commands: readonly TraceCommand[]): Step | [] {
  const [first] = commands
  const last = commands.at(-1)
  if (!first || !last) return []
  const isSearch = /^\$\$?$/.test(first.called)
  const hasFound = commands.every(({ error, end, result }) => !error && end !== undefined && result !== '0 found')
  if (isSearch && hasFound) return []
  const { role, branch, start, called, place } = first
  const selector = commands.findLast(command => command.selector !== undefined)?.selector
  const args = commands.findLast(command => command.args !== undefined)?.args ?? []
  const result = last.result === undefined ? '' : ` → ${last.result}`
  const times = commands.length > 3 ? ` (${commands.length} commands)` : ''
  const target = selector === undefined || isSearch ? '' : ` on ${selector}`
  const written = isSearch && selector !== undefined ? [selector] : args
  return {
    kind: 'command',
    role,
    branch,
    start,
    text: `${called}(${written.join(', ')})${target}${result}${times}`,
    ...(last.end !== undefined && { end: last.end }),
    ...(place !== undefined && { place }),
    ...(last.error !== undefined && { error: last.error }),
  }
}

function stepOf(entry: Exclude<TraceEntry, TraceCommand>): Step {
  const { type: kind, role } = entry
  const branch = 'branch' in entry ? entry.branch : ''
  const place = 'place' in entry && entry.place !== undefined ? { place: entry.place } : {}
  const base = { kind, role, branch, ...place }
  if (entry.type === 'wait') return { ...base, ...waitStep(entry) }
  const { at } = entry
  const from = entry.type === 'pass' && entry.from !== undefined && entry.from !== role ? { from: entry.from } : {}
  const title = entry.type === 'test' ? { title: entry.title } : {}
  return { ...base, ...from, ...title, text: textOf(entry), start: at, end: at }
}

function textOf(entry: Exclude<TraceEntry, TraceCommand | TraceWait>): string {
  if (entry.type === 'pass') {
    return entry.from === undefined || entry.from === entry.role
      ? 'has the baton'
      : `takes the baton from ${entry.from}`
  }
  if (entry.type === 'signal') return `sets the signal '${entry.name}'`
  if (entry.type === 'branch') return `branch ${entry.state}`
  return entry.type === 'network' ? `network: ${entry.act}` : entry.title.join(' › ')
}

function waitStep({
  on,
  name,
  for: whom,
  start,
  end,
  error,
}: TraceWait): Pick<Step, 'text' | 'start' | 'end' | 'error'> {
  const others = whom.length > 0 ? ` for ${whom.join(', ')}` : ''
  const what = { barrier: `at barrier '${name}'${others}`, signal: `for the signal '${name}'`, branch: others.trim() }
  return {
    text: `waits ${what[on]}`,
    start,
    ...(end !== undefined && { end }),
    ...(error !== undefined && { error }),
  }
}

/** The steps of a test or hook, by its title; none if the trace no longer has its start. */
export function stepsOfTest(steps: readonly Step[], title: readonly string[]): Step[] {
  const start = steps.findLastIndex(step => step.title?.join('\n') === title.join('\n'))
  if (start < 0) return []
  const next = steps.findIndex((step, index) => index > start && step.kind === 'test')
  return steps.slice(start + 1, next < 0 ? undefined : next)
}
