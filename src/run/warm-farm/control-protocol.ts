import type { Socket } from 'node:net'
import { z } from 'zod'
import { LineSplitter } from '../../process/line-splitter.js'

/**
 * What commands and the process of a warm farm send each other, one JSON object a line. A command that has joined keeps its
 * connection: when that closes, however the command ended, it no longer uses the farm.
 */
export const requestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status') }),
  /** The run's id; the explorations of a run add a suffix to it. */
  z.object({ type: z.literal('join'), run: z.string() }),
  /** Accept no more commands, and end when nobody uses the farm. */
  z.object({ type: z.literal('leave') }),
  /** End now if nobody uses the farm, and go on otherwise. */
  z.object({ type: z.literal('leave-if-unused') }),
])
export type FarmRequest = z.infer<typeof requestSchema>

const deviceSchema = z.object({ name: z.string(), state: z.string(), reason: z.string() })
const serverSchema = z.object({ name: z.string(), url: z.string() })

const statusSchema = z.object({
  type: z.literal('status'),
  users: z.number(),
  isLeaving: z.boolean(),
  /** Milliseconds since nobody has used it; absent: somebody uses it. */
  idleMs: z.number().exactOptional(),
  devices: z.array(deviceSchema),
  /** Servers that it keeps. */
  servers: z.array(serverSchema),
  /** Why it can't serve as a new farm would. */
  faults: z.array(z.string()),
})
export type FarmStatus = z.infer<typeof statusSchema>

export const replySchema = z.discriminatedUnion('type', [
  statusSchema,
  z.object({ type: z.literal('joined') }),
  z.object({ type: z.literal('refused') }),
  z.object({ type: z.literal('ending') }),
  z.object({ type: z.literal('in-use') }),
])
export type FarmReply = z.infer<typeof replySchema>

/** The other side may be gone. */
export function sendMessage(socket: Socket, message: FarmRequest | FarmReply): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}

/** Calls back with each message. A line that is not one closes the connection. */
export function receiveMessages<T>(socket: Socket, schema: z.ZodType<T>, onMessage: (message: T) => void): void {
  const lines = new LineSplitter(line => {
    const message = parseMessage(line, schema)
    if (message === undefined) socket.destroy()
    else onMessage(message)
  }, maxLineLength)
  socket.setEncoding('utf8').on('data', (text: string) => lines.add(text))
  // `close` follows.
  socket.on('error', () => {})
}

const maxLineLength = 1_000_000

function parseMessage<T>(line: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}
