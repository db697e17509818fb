import { toUSVString } from 'node:util'
import { z } from 'zod'
import { errorRecordSchema, moduleEventSchema } from '../event/run-event-schema.js'
import { traceEntrySchema } from '../event/trace.js'
import { maxInTracePart, type WorkerToHost } from './worker-messages.js'

/*
 * What a host accepts from a worker. Code of modules runs in the worker, so its messages are checked like input from
 * outside.
 */

const text = z.string()
const count = z.number().int().nonnegative()
const titles = z.array(text)
const shownPlace = z.object({
  place: text.exactOptional(),
  stack: text.exactOptional(),
  codeFrame: text.exactOptional(),
})
const counts = z.object({ passed: count, failed: count, pending: count })

const workerToHost: z.ZodType<WorkerToHost> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('running'), title: titles, role: text, at: shownPlace.exactOptional() }),
  z.object({ type: z.literal('pending'), called: text.exactOptional(), at: shownPlace.exactOptional() }),
  z.object({ type: z.literal('failing'), title: titles }),
  z.object({ type: z.literal('append'), file: text }),
  z.object({
    type: z.literal('trace'),
    entries: z.array(traceEntrySchema).max(maxInTracePart),
    dropped: count,
    last: z.boolean(),
  }),
  z.object({ type: z.literal('event'), event: moduleEventSchema }),
  z.object({
    type: z.literal('done'),
    report: z.object({
      verdict: z.enum(['passed', 'failed', 'skipped', 'interrupted']),
      started: z.boolean(),
      counts,
      error: errorRecordSchema.exactOptional(),
      untouched: z.boolean().exactOptional(),
      unreachable: z.object({ device: text, message: text }).exactOptional(),
    }),
    retire: text.exactOptional(),
  }),
])

/**
 * @param text - JSON
 * @returns undefined for anything that a worker never sends
 */
export function parseWorkerMessage(text: string): WorkerToHost | undefined {
  try {
    const message: unknown = JSON.parse(text, text.includes('\\ud') ? (_, value) => wellFormed(value) : undefined)
    return workerToHost.safeParse(message).success ? (message as WorkerToHost) : undefined
  } catch {
    return undefined
  }
}

/** Half a character can't be written as UTF-8, and many readers of reports refuse it. */
function wellFormed(value: unknown): unknown {
  return typeof value === 'string' ? toUSVString(value) : value
}
