import { z } from 'zod'
import { grantSchema } from '../grant.js'

/** A larger one would refuse all leases that follow. */
const leaseNumber = z.string().regex(/^\d{1,16}$/)

/** What a host finds on its inbox list. */
export const inboxMessageSchema = z.discriminatedUnion('type', [
  grantSchema,
  /** A lease that held one of its devices is over: get the device ready under this lease number, then offer it. */
  z.object({ type: z.literal('check'), device: z.string(), lease: leaseNumber, reason: z.string() }),
  /** A lease that it leads is over already. */
  z.object({ type: z.literal('lost'), lease: z.string(), reason: z.string() }),
  /** A device of a lease that it leads has left: the module cannot continue. */
  z.object({ type: z.literal('gone'), lease: z.string(), device: z.string(), reason: z.string() }),
  /** The run of a lease that it leads was cancelled. */
  z.object({ type: z.literal('cancel'), run: z.string(), lease: z.string(), reason: z.string() }),
  /** A device of this host, which is draining, is no longer used by another host's module. */
  z.object({ type: z.literal('returned'), lease: z.string(), device: z.string() }),
  /** Somebody wants this host to take no new modules, and to stop when those in flight have ended. */
  z.object({ type: z.literal('drain') }),
  /** Leases on these queues have ended without a result: their jobs can be requeued now. */
  z.object({ type: z.literal('stalled'), queues: z.array(z.string()) }),
  /** The owner of a run has vanished: clean the run up. */
  z.object({ type: z.literal('lapsed'), run: z.string() }),
])

export type InboxMessage = z.infer<typeof inboxMessageSchema>
