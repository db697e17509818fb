import { z } from 'zod'

const grantedDeviceSchema = z.object({
  device: z.string(),
  /** The host that owns it. */
  host: z.string(),
  /** That host's gateway: where commands to the device go. */
  gatewayUrl: z.string(),
})

/** A lease as the lead host gets it: every device of one module, all or none. */
const grantSchema = z.object({
  type: z.literal('grant'),
  /** Also the lease of its devices and the lock token of its job: a decimal number that only grows. */
  lease: z.string(),
  run: z.string(),
  /** The queue to fetch the module from. */
  queue: z.string(),
  /** role → selector */
  needs: z.record(z.string(), z.string()),
  /** The host that executes the module. */
  lead: z.string(),
  /** role → device */
  devices: z.record(z.string(), grantedDeviceSchema),
  /** Microseconds since the epoch (Redis's clock) when the last of the devices became free. */
  freedAt: z.coerce.number(),
})

export type Grant = z.infer<typeof grantSchema>
export type GrantedDevice = z.infer<typeof grantedDeviceSchema>

/** What a host finds on its inbox list. */
export const inboxMessageSchema = z.discriminatedUnion('type', [
  grantSchema,
  /** A lease that held one of its devices is over: reset the device under this lease number, then offer it. */
  z.object({ type: z.literal('check'), device: z.string(), lease: z.string(), reason: z.string() }),
  /** A lease that it leads is over already. */
  z.object({ type: z.literal('lost'), lease: z.string(), reason: z.string() }),
  /** A device of a lease that it leads has left: the module cannot go on. */
  z.object({ type: z.literal('gone'), lease: z.string(), device: z.string(), reason: z.string() }),
  /** The run of a lease that it leads was cancelled. */
  z.object({ type: z.literal('cancel'), run: z.string(), lease: z.string(), reason: z.string() }),
  /** Leases on these queues have ended without a result: their jobs can be taken back now. */
  z.object({ type: z.literal('stalled'), queues: z.array(z.string()) }),
  /** A run's owner is gone: abandon it. */
  z.object({ type: z.literal('lapsed'), run: z.string() }),
])

export type InboxMessage = z.infer<typeof inboxMessageSchema>

/** Needs whose modules wait though no online device fits. */
const unsatisfiableNeedSchema = z.object({
  queue: z.string(),
  run: z.string(),
  answer: z.enum(['later', 'never']),
  /** Milliseconds since the epoch, Redis's clock. */
  sinceMs: z.coerce.number(),
  /** True where the run has waited long enough, or nobody can ever serve them. */
  overdue: z.boolean(),
})

export const unsatisfiableNeedsSchema = z.array(unsatisfiableNeedSchema)
export type UnsatisfiableNeed = z.infer<typeof unsatisfiableNeedSchema>

/** What each run of the allocator tells the host that caused it. */
export interface ScheduleReply {
  /** More is to be granted or cleared away: pump again at once. */
  more: boolean
  /** Milliseconds until the state changes by itself: something lapses or becomes due. */
  wakeMs: number
  /** Leases that this host leads. */
  grants: Grant[]
  /** Queues whose stalled jobs can be taken back now. */
  stalled: string[]
  /** Runs whose owner is gone. */
  lapsed: string[]
}

const scheduleTuple = z
  .tuple([z.number(), z.number(), z.array(z.string()), z.array(z.string()), z.array(z.string())])
  .rest(z.unknown())

/** @returns the pump's part of a script's reply, and what that script put after it */
export function parseScheduleReply(reply: unknown): [ScheduleReply, unknown[]] {
  const [more, wakeMs, grants, stalled, lapsed, ...rest] = scheduleTuple.parse(reply)
  return [
    {
      more: more === 1,
      wakeMs,
      grants: grants.map(text => grantSchema.parse(JSON.parse(text))),
      stalled: [...new Set(stalled)],
      lapsed,
    },
    rest,
  ]
}
