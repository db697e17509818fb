import { formatLocation } from '../../error/baton-error.js'
import type { TraceCommand, TraceEntry, TraceWait } from '../../event/trace.js'
import { describeCommand } from '../call-places.js'
import type { StackReader } from '../caller-place.js'
import type { CallSite, SentCommand } from '../sent-command.js'
import type { RecordedCommand, RecordedEntry, RecordedWait } from './recorded-entry.js'

/** Completes recorded entries: names what the script called, and where. */
export function traceEntries(reader: StackReader, recorded: readonly RecordedEntry[]): TraceEntry[] {
  const cached = withCache(reader)
  const calls = new CallNumbers()
  return recorded.map(entry => {
    if (entry.type === 'command') return withinLimits(commandEntry(cached, entry, calls))
    return withinLimits(entry.type === 'wait' ? waitEntry(entry) : entry)
  })
}

/** A test may have any title and a barrier any name. Long ones are described, not cut, so that secrets can be masked. */
function withinLimits(entry: TraceEntry): TraceEntry {
  const limited = Object.entries(entry).map(([key, value]: [string, unknown]) => {
    return [key, Array.isArray(value) ? value.slice(0, maxItems).map(shortText) : shortText(value)]
  })
  return Object.fromEntries(limited) as TraceEntry
}

const maxText = 2_000
const maxItems = 100

function shortText(value: unknown): unknown {
  return typeof value === 'string' && value.length > maxText ? `text of ${value.length} characters` : value
}

function commandEntry(reader: StackReader, entry: RecordedCommand, calls: CallNumbers): TraceCommand {
  const { sent, args, ...others } = entry
  const { called, place } = describeCommand(reader, sent)
  const at = place && formatLocation(place)
  return {
    ...others,
    ...calls.callOf(sent, { ...others, called, place: at }),
    command: sent.command,
    ...(args.length > 0 && { args }),
    ...(at !== undefined && { place: at }),
  }
}

function waitEntry({ location, ...entry }: RecordedWait): TraceWait {
  return location ? { ...entry, place: formatLocation(location) } : entry
}

/** A call that may send more commands. */
interface OpenCall {
  number: number
  called: string
  key: string
  commands: Set<string>
}

/**
 * Numbers the calls of the script. Commands that were sent inside the same known call belong together; other ones if they
 * follow each other in a branch, come from the same line and none is repeated.
 */
class CallNumbers {
  readonly #bySite = new Map<CallSite, number>()
  readonly #openCalls = new Map<string, OpenCall>()
  #count = 0

  /** @param called - as the stack has it */
  callOf(
    { command, outermost }: SentCommand,
    { branch, role, called, place }: Pick<TraceCommand, 'branch' | 'role' | 'called'> & { place: string | undefined },
  ): { call: number; called: string } {
    const open = this.#openCalls.get(branch)
    if (outermost) {
      this.#openCalls.delete(branch)
      const number = this.#bySite.get(outermost) ?? (this.#count += 1)
      this.#bySite.set(outermost, number)
      return { call: number, called }
    }
    const key = `${role}\n${place}`
    // `setValue` is no longer on the stack when it has cleared the field.
    const isSame = open?.key === key && !open.commands.has(command) && [open.called, 'addValue'].includes(called)
    if (open && isSame) {
      open.commands.add(command)
      return { call: open.number, called: open.called }
    }
    this.#count += 1
    this.#openCalls.set(branch, { number: this.#count, called, key, commands: new Set([command]) })
    return { call: this.#count, called }
  }
}

/** Commands in a loop have the same stack, and mapping one takes longer than sending a command. */
function withCache(reader: StackReader): StackReader {
  const mapped = new Map<string, string>()
  const mapStack = (stack: string): string => {
    const known = mapped.get(stack) ?? reader.mapStack(stack)
    mapped.set(stack, known)
    return known
  }
  return { fileName: reader.fileName, sourceText: reader.sourceText, thrown: reader.thrown, mapStack }
}
