import { z } from 'zod'
import type { BranchEnd, WaitKind } from './run-event.js'
import { parseJson } from '../process/parse-json.js'

/**
 * Version of trace files. Adding an entry or a key keeps the version; changing a meaning raises it. Readers skip entries
 * that they don't know.
 */
export const TRACE_VERSION = 1

/** The first line of a trace file. The other lines are entries, in the order in which they started. */
export interface TraceHeader {
  type: 'trace'
  version: number
  /** Id of the module in its run. */
  module: string
  file: string
  attempt: number
  /** Role → device. */
  roles: Record<string, string>
  /** How many earlier entries are missing, because the module had too many. */
  dropped: number
}

/** Who did something, and where in the script. */
interface TraceAct {
  /** Branch of `parallel` or `start`: `alice`, or `alice › bob` inside another one; empty for the test itself. */
  branch: string
  role: string
  /** `file:line:column` of the user's own line, if known. */
  place?: string
}

/** Milliseconds since the epoch, with decimals, on the clock of the worker. */
interface TraceSpan {
  start: number
  /** Absent: it had not ended when the trace was written. */
  end?: number
  error?: string
}

/** A command that the script sent to a device. */
export interface TraceCommand extends TraceAct, TraceSpan {
  type: 'command'
  /** What the script called: `click`, `toHaveText`. It may send several commands. */
  called: string
  /** Commands that one call sent have the same number. */
  call: number
  /** WebDriver's or BiDi's name of the command: `elementClick`. */
  command: string
  /** How the script found the element that the command is about: `#send`, `.item [2]`. */
  selector?: string
  /** Arguments and result as text; long ones are cut. */
  args?: string[]
  result?: string
}

/** A wait in one of Baton's own functions: `barrier`, `until`, `parallel`. */
export interface TraceWait extends TraceAct, TraceSpan {
  type: 'wait'
  on: WaitKind
  /** Name of the barrier or signal; roles of the awaited branches. */
  name: string
  /** Whom it waited for when it started. */
  for: string[]
}

/** The baton was passed to `role`. */
export interface TracePass extends TraceAct {
  type: 'pass'
  /** The role that was active before, if any. */
  from?: string
  at: number
}

export type TraceEntry =
  | TraceCommand
  | TraceWait
  | TracePass
  | (TraceAct & { type: 'signal'; name: string; at: number })
  | (TraceAct & { type: 'branch'; state: 'started' | BranchEnd; at: number })
  /** `act`: `offline`, `hold 'POST /like'`. */
  | (TraceAct & { type: 'network'; act: string; at: number })
  /** A test or hook started. */
  | { type: 'test'; title: string[]; role: string; at: number }

/** Characters of a text in an entry, and items of a list: code of modules runs in the process that sends them. */
const maxText = 4_000
const maxItems = 1_000

const text = z.string().max(maxText)
const texts = z.array(text).max(maxItems)
const moment = z.number().min(0).max(8.64e15)
const act = { branch: text, role: text, place: text.exactOptional() }
const span = { start: moment, end: moment.exactOptional(), error: text.exactOptional() }

export const traceEntrySchema: z.ZodType<TraceEntry> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('command'),
    called: text,
    call: z.int().min(0),
    command: text,
    selector: text.exactOptional(),
    args: texts.exactOptional(),
    result: text.exactOptional(),
    ...act,
    ...span,
  }),
  z.object({
    type: z.literal('wait'),
    on: z.enum(['barrier', 'signal', 'branch']),
    name: text,
    for: texts,
    ...act,
    ...span,
  }),
  z.object({ type: z.literal('pass'), from: text.exactOptional(), at: moment, ...act }),
  z.object({ type: z.literal('signal'), name: text, at: moment, ...act }),
  z.object({
    type: z.literal('branch'),
    state: z.enum(['started', 'passed', 'failed', 'stopped']),
    at: moment,
    ...act,
  }),
  z.object({
    type: z.literal('network'),
    act: text,
    at: moment,
    branch: text,
    role: text,
    place: text.exactOptional(),
  }),
  z.object({ type: z.literal('test'), title: texts, role: text, at: moment }),
])

const headerSchema: z.ZodType<TraceHeader> = z.object({
  type: z.literal('trace'),
  version: z.int().min(1),
  module: z.string(),
  file: z.string(),
  attempt: z.int().min(1),
  roles: z.record(z.string(), z.string()),
  dropped: z.int().min(0),
})

export interface Trace {
  header: TraceHeader
  entries: TraceEntry[]
}

/**
 * Reads a trace file.
 * @returns undefined if it is not a trace of this version; entries that are invalid or unknown are left out
 */
export function parseTrace(ndjson: string): Trace | undefined {
  const [first = '', ...lines] = ndjson.split('\n')
  const header = headerSchema.safeParse(parseJson(first))
  if (!header.success || header.data.version > TRACE_VERSION) return undefined
  const entries = lines.flatMap(line => {
    const entry = traceEntrySchema.safeParse(parseJson(line))
    return entry.success ? [entry.data] : []
  })
  return { header: header.data, entries }
}
