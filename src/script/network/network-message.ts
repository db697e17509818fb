import { z } from 'zod'

/**
 * What a message is. `open`: a WebSocket is opened. `sent`, `received`: a WebSocket message of the device, or for it.
 * `close`: a WebSocket is closed. `event`: a server-sent event. `connect`: a connection whose content is unknown, such
 * as TLS.
 */
export const messageKinds = ['request', 'response', 'open', 'sent', 'received', 'close', 'event', 'connect'] as const
export type MessageKind = (typeof messageKinds)[number]

/** `held`: it waits at the proxy. */
export const messageStates = ['passed', 'held', 'dropped'] as const
export type MessageState = (typeof messageStates)[number]

/** A message between a device and a server, as the device's proxy saw it. */
export interface NetworkMessage {
  kind: MessageKind
  /** Of a request and its response, in capitals. */
  method?: string
  /** `http://127.0.0.1:41234/like?id=1`, or `host:port` of a connection. */
  url: string
  /** Path of the URL, without the query; empty for a connection. */
  path: string
  /** Of a response. */
  status?: number
  /** Name of a server-sent event; the text in `type` if a WebSocket message is a JSON object that has one. */
  type?: string
  /** The beginning of a WebSocket message or event: at most 4,096 characters. Absent if it is not text. */
  text?: string
  /** Size of a WebSocket message or event, as it was sent. */
  bytes?: number
  state: MessageState
  /** When it reached the proxy: milliseconds since the epoch, on the clock of the device's host. */
  at: number
}

/** Selects messages; `path` and `type` may contain `*`, which stands for any characters. */
export interface MessageMatch {
  /** Absent: any. */
  kind?: MessageKind
  method?: string
  path?: string
  type?: string
  /** What the text of a WebSocket message or event contains. */
  text?: string
}

const text = z.string()

export const messageMatchSchema: z.ZodType<MessageMatch> = z.object({
  kind: z.enum(messageKinds).exactOptional(),
  method: text.exactOptional(),
  path: text.exactOptional(),
  type: text.exactOptional(),
  text: text.exactOptional(),
})

export const networkMessageSchema: z.ZodType<NetworkMessage> = z.object({
  kind: z.enum(messageKinds),
  method: text.exactOptional(),
  url: text,
  path: text,
  status: z.number().exactOptional(),
  type: text.exactOptional(),
  text: text.exactOptional(),
  bytes: z.number().exactOptional(),
  state: z.enum(messageStates),
  at: z.number(),
})

/** Whether a message is one of those that a match selects. */
export function matchesMessage(match: MessageMatch, message: NetworkMessage): boolean {
  return (
    (match.kind === undefined || match.kind === message.kind) &&
    (match.method === undefined || match.method === message.method) &&
    (match.path === undefined || matchesPattern(match.path, message.path)) &&
    (match.type === undefined || (message.type !== undefined && matchesPattern(match.type, message.type))) &&
    (match.text === undefined || (message.text?.includes(match.text) ?? false))
  )
}

/** Compares without a regular expression: a pattern of a script must not be able to keep a host busy. */
function matchesPattern(pattern: string, value: string): boolean {
  const [first = '', ...parts] = pattern.split('*')
  if (parts.length === 0) return value === pattern
  const last = parts.pop() ?? ''
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false
  let at = first.length
  for (const part of parts) {
    const found = value.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at + last.length <= value.length
}
