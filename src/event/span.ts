import { randomBytes } from 'node:crypto'

/** Where a span is: the trace that it belongs to, and its own id, in hex. */
export interface SpanContext {
  traceId: string
  spanId: string
}

/** Something that took time, as OpenTelemetry sees it. */
export interface Span extends SpanContext {
  parentSpanId?: string
  name: string
  /** Milliseconds since the epoch. */
  startMs: number
  endMs: number
  attributes: Readonly<Record<string, string | number | boolean>>
  hasFailed: boolean
}

/** A span that has not ended. */
export type OpenSpan = Omit<Span, 'endMs' | 'hasFailed'>

/** The W3C's `traceparent`: `00-<trace id>-<span id>-<flags>`. */
export const traceparentPattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/

/** @param parent - absent: the span starts a trace */
export function startSpan(name: string, parent: SpanContext | undefined, attributes: Span['attributes']): OpenSpan {
  return {
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    ...(parent && { parentSpanId: parent.spanId }),
    name,
    startMs: Date.now(),
    attributes,
  }
}

export function formatTraceparent({ traceId, spanId }: SpanContext): string {
  return `00-${traceId}-${spanId}-01`
}

/** @returns undefined if it is not a `traceparent` */
export function parseTraceparent(text: string): SpanContext | undefined {
  const [, traceId, spanId] = traceparentPattern.exec(text) ?? []
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId }
}
