import { z } from 'zod'
import { attemptVerdicts } from '../event/verdicts.js'

/** What the farm remembers of a device; each list is bounded, and its oldest entry is first. Times are milliseconds since the epoch. */
export interface DeviceHistory {
  /** It came, left or was taken out of use. */
  states: DeviceChange[]
  /** The modules that had it. */
  sessions: PastSession[]
  /** Attempts that infrastructure kept from their result: it may be this device, or another one of the same module. */
  failures: PastFailure[]
}

export interface DeviceChange {
  at: number
  state: string
  reason: string
}

const session = z.object({
  run: z.string(),
  /** Its module, as the user knows it. */
  file: z.string(),
  role: z.string(),
  /** The host that led it. */
  lead: z.string(),
  granted: z.coerce.number(),
  outcome: z.enum(attemptVerdicts),
  /** Why it has no result; '' if it has one. */
  reason: z.string(),
})

export type PastSession = Omit<z.infer<typeof session>, 'granted'> & { from: number; to: number }

const change = z.object({ state: z.string(), reason: z.string() })
const failure = z.object({ failure: z.string(), run: z.string(), file: z.string() })

export type PastFailure = { at: number; reason: string } & Pick<PastSession, 'run' | 'file'>

/** An entry of a Redis stream: its id, then names and values in turn. */
type Entry = [id: string, fields: string[]]

/** Reads the two streams of a device. Entries that Baton did not write are left out. Pure. */
export function readDeviceHistory(log: readonly Entry[], sessions: readonly Entry[]): DeviceHistory {
  return {
    states: log.flatMap(entry => parse(change, entry).map(known => ({ at: timeOf(entry), ...known }))),
    sessions: sessions.flatMap(entry =>
      parse(session, entry).map(({ granted, ...known }) => ({ from: granted, to: timeOf(entry), ...known })),
    ),
    failures: log.flatMap(entry =>
      parse(failure, entry).map(({ failure: reason, ...known }) => ({ at: timeOf(entry), reason, ...known })),
    ),
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, [, fields]: Entry): z.infer<Schema>[] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < fields.length; at += 2) pairs.push([fields[at] ?? '', fields[at + 1] ?? ''])
  const { success, data } = schema.safeParse(Object.fromEntries(pairs))
  return success ? [data] : []
}

/** An id is the time of Redis's clock, and a number. */
function timeOf([id]: Entry): number {
  return Number.parseInt(id, 10)
}
