import { z } from 'zod'
import { networkMessageSchema } from './network-message.js'

/*
 * While a module is explored, its worker decides when each message of a device may pass. Worker and host speak over a
 * WebSocket through the gateway, with the lease of the module. If it breaks, everything passes.
 */

/** The path of that WebSocket. */
export const messageControlPath = '/baton/messages'

const count = z.int().nonnegative()

/** What a device and its proxy have seen of each other, except documents, scripts, styles and the like. */
export const messageCountsSchema = z.object({
  /** HTTP requests of the device. */
  requests: count,
  /** Responses that went to the device, or requests that ended without one. */
  responses: count,
  /** WebSockets that the device has opened. */
  sockets: count,
  /** WebSocket messages of the device. */
  up: count,
  /** WebSocket messages and events that went to the device. */
  down: count,
})
export type MessageCounts = z.infer<typeof messageCountsSchema>

export function noCounts(): MessageCounts {
  return { requests: 0, responses: 0, sockets: 0, up: 0, down: 0 }
}

export const controlOrderSchema = z.discriminatedUnion('do', [
  /** From now on, each message waits. */
  z.object({ do: z.literal('start') }),
  /** What waits passes, and so does all that comes. */
  z.object({ do: z.literal('stop') }),
  z.object({ do: z.literal('pass'), id: count }),
  /** Answered when all orders before it have taken effect. */
  z.object({ do: z.literal('sync'), id: count }),
])
export type ControlOrder = z.infer<typeof controlOrderSchema>

const state = {
  counts: messageCountsSchema,
  /** Requests that the server has not answered yet. */
  unanswered: count,
}

export const controlReportSchema = z.discriminatedUnion('type', [
  /** A message waits. `isUp`: it comes from the device. */
  z.object({ type: z.literal('waits'), id: count, isUp: z.boolean(), message: networkMessageSchema }),
  z.object({ type: z.literal('counts'), ...state }),
  z.object({ type: z.literal('synced'), id: count, ...state }),
])
export type ControlReport = z.infer<typeof controlReportSchema>

/** A host and a worker that hear nothing of each other for so many milliseconds give the connection up. */
export const controlSilenceMs = 5_000
