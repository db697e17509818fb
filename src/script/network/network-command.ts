import { z } from 'zod'
import { messageMatchSchema, networkMessageSchema, type NetworkMessage } from './network-message.js'

/*
 * What a worker asks of the host of a device about the device's network. It goes through the gateway, with the lease of the
 * module, so it ends with the lease.
 */

const milliseconds = z.number().min(0)
const id = z.string().max(100)

export const networkCommandSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('offline') }),
  z.object({ do: z.literal('online') }),
  /** 0: none. */
  z.object({ do: z.literal('delay'), ms: milliseconds }),
  /** Kilobits per second; absent: unlimited. */
  z.object({ do: z.literal('throttle'), kbps: z.number().positive().exactOptional() }),
  z.object({
    do: z.literal('add-rule'),
    id,
    action: z.enum(['hold', 'drop', 'delay']),
    match: messageMatchSchema,
    nth: z.int().positive().exactOptional(),
    ms: milliseconds.exactOptional(),
  }),
  z.object({ do: z.literal('end-rule'), id }),
  /** Until a message has passed; the reply has none if that takes longer than `timeoutMs`. */
  z.object({
    do: z.literal('await-message'),
    match: messageMatchSchema,
    nth: z.int().positive(),
    /** A position of the log: only later messages count. */
    after: z.number(),
    /** Only messages of the last so many milliseconds count. */
    sinceMs: milliseconds,
    timeoutMs: milliseconds,
  }),
  /** Until the rule holds a message. */
  z.object({ do: z.literal('await-held'), id, timeoutMs: milliseconds }),
  z.object({ do: z.literal('messages'), match: messageMatchSchema.exactOptional(), sinceMs: milliseconds }),
  z.object({ do: z.literal('restore') }),
])

export type NetworkCommand = z.infer<typeof networkCommandSchema>

export interface NetworkReply {
  /** Of `add-rule`: the position in the log. */
  position?: number
  /** Of `end-rule`: how many messages it held. */
  held?: number
  message?: NetworkMessage
  messages?: NetworkMessage[]
}

export const networkReplySchema: z.ZodType<NetworkReply> = z.object({
  position: z.number().exactOptional(),
  held: z.number().exactOptional(),
  message: networkMessageSchema.exactOptional(),
  messages: z.array(networkMessageSchema).exactOptional(),
})
