import { z } from 'zod'
import { grantSchema } from '../grant.js'
import { deviceStates, feasibilities, hostStates, runStates } from './states.js'

/**
 * Reads a reply that a script made with `named`: names and values in turn, so that Redis needs no JSON for it.
 * @throws ZodError if a field is missing or is something else
 */
export function readReply<Schema extends z.ZodType>(schema: Schema, reply: unknown): z.infer<Schema> {
  return schema.parse(fieldsOf(reply))
}

function fieldsOf(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (let at = 0; at + 1 < reply.length; at += 2) fields[String(reply[at])] = reply[at + 1]
  return fields
}

/** Lua has no booleans that Redis would pass on. */
const flag = z.number().transform(value => value === 1)
const texts = z.array(z.string())

function json<Schema extends z.ZodType>(schema: Schema) {
  return z.string().transform((text): z.infer<Schema> => schema.parse(JSON.parse(text)))
}

/** Needs whose modules wait although no online device matches. */
const unsatisfiableNeedSchema = z.object({
  queue: z.string(),
  run: z.string(),
  answer: z.enum(feasibilities).exclude(['now']),
  /** Milliseconds since the epoch, Redis's clock. */
  sinceMs: z.coerce.number(),
  /** True if the run has waited long enough, or no device can ever serve them. */
  overdue: z.boolean(),
})

export type UnsatisfiableNeed = z.infer<typeof unsatisfiableNeedSchema>
const unsatisfiable = json(z.array(unsatisfiableNeedSchema))

/** A script that found another version of Baton on the farm. */
const foreign = z.object({ answer: z.literal('foreign'), version: z.number() })

/** What each run of the scheduler reports to the host that caused it. */
export const scheduleReply = z.object({
  /** More is to be granted or cleared away: schedule again at once. */
  more: flag,
  /** Milliseconds until the state changes by itself: something lapses or becomes due. */
  wakeMs: z.number(),
  /** Leases that this host leads. */
  grants: z.array(json(grantSchema)),
  /** Queues whose stalled jobs can be requeued now. */
  stalled: texts.transform(queues => [...new Set(queues)]),
  /** Runs whose owner has vanished. */
  lapsed: texts,
})

export type ScheduleReply = z.infer<typeof scheduleReply>

export const joinReply = z.discriminatedUnion('answer', [
  foreign,
  z.object({ answer: z.literal('joined'), secret: z.string() }),
  z.object({ answer: z.literal('again') }),
  z.object({ answer: z.literal('replaced') }),
  /** `gateway`: of a live host on another machine that has this host's name. */
  z.object({ answer: z.literal('namesake'), gateway: z.string() }),
  /** `host`: on another machine. `theirs`: its gateway is the one that cannot be reached from here. */
  z.object({ answer: z.literal('unreachable'), host: z.string(), theirs: flag }),
])

export const registerDevicesReply = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('registered'), lease: z.string() }),
  z.object({
    answer: z.literal('taken'),
    taken: json(z.array(z.object({ device: z.string(), host: z.string(), udid: z.string().optional() }))),
  }),
  z.object({ answer: z.literal('gone') }),
])

/** `lease`: absent unless the device is `checking` now. */
export const deviceStateReply = scheduleReply.extend({ lease: z.string().optional() })

export type DeviceStateReply = z.infer<typeof deviceStateReply>

export const offerReply = scheduleReply.extend({ offered: flag })

/** For each lease in turn. */
export const releaseReply = scheduleReply.extend({ held: z.array(flag), closed: z.array(flag) })

export const heartbeatReply = scheduleReply.extend({
  /** False if the farm has given this host up: it no longer holds anything and has to join again. */
  alive: flag,
  /** Leases that are over. */
  lost: texts,
  /** Leases whose run is no longer open. */
  closed: texts,
  /** Queues with active jobs. */
  busy: texts,
  unsatisfiable,
  /** Its devices that are no longer registered, although it serves them. */
  missing: texts,
  /** Its devices that wait for their health check. */
  checking: json(z.array(z.object({ device: z.string(), lease: z.string(), reason: z.string() }))),
})

export type HeartbeatReply = z.infer<typeof heartbeatReply>

export const bindReply = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('lost') }),
  z.object({
    answer: z.literal('held'),
    /** BullMQ's id of the job, or '' if the lease has fetched none. */
    job: z.string(),
    /** Its earlier infrastructure failures. */
    reasons: json(texts),
    run: z.string(),
  }),
])

export const reasonsReply = z.union([z.literal('').transform(() => undefined), json(texts)])

export const openRunReply = z.discriminatedUnion('answer', [
  foreign,
  z.object({ answer: z.literal('opened') }),
  z.object({ answer: z.literal('exists') }),
])

/** '' if there is no such run. */
const runState = z.enum([...runStates, '']).transform(state => (state === '' ? 'gone' : state))

export const renewRunReply = z.object({ state: runState, unsatisfiable })

/** `leases`: how many are still out. */
export const cancelRunReply = z.object({ state: runState, queues: texts, leases: z.number() })

export const protocolReply = z.object({ version: z.number(), users: z.number() })

/** How many of the host's devices are still used by modules of other hosts; -1: the script has to be called again. */
export const leaveReply = z.number()

export const drainHostReply = z.enum(['gone', 'more', 'again', 'done'])

/** A host in the registry; unknown fields are absent. Times are milliseconds since the epoch, Redis's clock. */
export const hostRow = z.object({
  name: z.string(),
  state: z.enum(hostStates),
  reason: z.string(),
  version: z.string().optional(),
  gateway: z.string().optional(),
  since: z.coerce.number().optional(),
  heartbeat: z.coerce.number().optional(),
  /** How many it leads. */
  modules: z.number(),
  now: z.coerce.number(),
})

export type HostRow = z.infer<typeof hostRow>
/** `leased`: once its module has ended. */
export const quarantineReply = z.enum(['done', 'leased', 'unknown'])

export const restoreReply = z.enum(['done', 'offline', 'not-quarantined', 'unknown'])

export const forgetHostReply = z.enum(['live', 'more', 'done'])

export const needStateReply = z.object({
  answer: z.enum(feasibilities),
  /** role, names of all registered devices that could take it */
  roles: json(z.array(z.tuple([z.string(), texts]))),
  /** Device, then why it refused the app of these needs. */
  refusals: z.preprocess(fieldsOf, z.record(z.string(), z.string())),
})

/** `read`: needs that the call went through. `now`: milliseconds since the epoch, Redis's clock. */
export const queueDepthReply = z.object({
  read: z.number(),
  now: z.coerce.number(),
  /** roles, waiting modules, when the next one was added (milliseconds since the epoch, 0 if unknown) */
  depths: json(z.array(z.tuple([z.number(), z.number(), z.number()]))),
})

/** `now`: milliseconds since the epoch, Redis's clock. */
export const waitingReply = z.object({
  now: z.coerce.number(),
  /** queue, the job at its front, how many wait */
  waiting: json(z.array(z.tuple([z.string(), z.string(), z.number()]))),
})

/** A device in the registry; unknown fields are absent. */
export const deviceRow = z.object({
  name: z.string(),
  host: z.string(),
  labels: z.string().default(''),
  driver: z.string(),
  platform: z.string(),
  udid: z.string().optional(),
  state: z.enum(deviceStates),
  reason: z.string().default(''),
  since: z.coerce.number(),
  lease: z.string().optional(),
  role: z.string().default(''),
  run: z.string().default(''),
  queue: z.string().default(''),
  granted: z.coerce.number().default(0),
  job: z.string().optional(),
  file: z.string().default(''),
})

export type DeviceRow = z.infer<typeof deviceRow>
