import { errorMessage } from '../error/error-text.js'
import type { Span } from './span.js'

/*
 * Sends spans to an OpenTelemetry collector: OTLP over HTTP, in JSON. OpenTelemetry's own packages for this would be a dozen
 * packages with protocols, samplers and processors that Baton doesn't need.
 */

interface OtlpOptions {
  /** Where spans are posted to: `http://HOST:4318/v1/traces`. */
  url: string
  headers: Readonly<Record<string, string>>
  /** What all spans have in common. */
  resource: Readonly<Record<string, string>>
  /** Called if spans can't be sent. */
  onProblem: (problem: string) => void
  /** Milliseconds that the collector may take to answer; default 5,000. */
  timeoutMs?: number
  /** Milliseconds that `close` waits at most; default 2,000. */
  closeTimeoutMs?: number
}

/** Milliseconds between two requests: spans that end together are sent together. */
const sendEveryMs = 1_000
const maxSendEveryMs = 30_000
const maxBatch = 500
/** With more spans than this, which a collector that doesn't answer causes, new ones are dropped. */
const maxWaiting = 5_000
/** What a collector answers if it may accept the same spans later. */
const retryable = new Set([429, 502, 503, 504])

export class OtlpExporter {
  readonly #waiting: Span[] = []
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #failures = 0

  constructor(private readonly options: OtlpOptions) {}

  add(span: Span): void {
    if (this.#waiting.length < maxWaiting) this.#waiting.push(span)
    this.#schedule()
  }

  /** Sends what is left. Never waits for long, and never rejects. */
  async close(): Promise<void> {
    const { closeTimeoutMs = 2_000 } = this.options
    const deadline = setTimeout(() => this.#closing.abort(), closeTimeoutMs)
    await this.#sending
    clearTimeout(this.#timer)
    do await this.#send()
    while (this.#waiting.length > 0 && this.#failures === 0)
    clearTimeout(deadline)
  }

  #schedule(): void {
    if (this.#timer || this.#sending || this.#closing.signal.aborted) return
    const delayMs = Math.min(maxSendEveryMs, sendEveryMs * 2 ** this.#failures)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined
        if (this.#waiting.length > 0) this.#schedule()
      })
    }, delayMs)
    // It must not keep a process alive.
    this.#timer.unref()
  }

  async #send(): Promise<void> {
    const batch = this.#waiting.splice(0, maxBatch)
    if (batch.length === 0) return
    try {
      const status = await this.#post(JSON.stringify(encodeSpans(this.options.resource, batch)))
      if (status >= 200 && status < 300) this.#failures = 0
      else this.#fail(`it answered with status ${status}`, retryable.has(status) ? batch : [])
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      this.#fail(errorMessage(cause), batch)
    }
  }

  async #post(body: string): Promise<number> {
    const { url, headers, timeoutMs = 5_000 } = this.options
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)])
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      signal,
      // The headers may have a password.
      redirect: 'error',
    })
    await response.body?.cancel()
    return response.status
  }

  /** @param again - spans to send again later */
  #fail(problem: string, again: readonly Span[]): void {
    this.#failures += 1
    this.#waiting.unshift(...again)
    this.options.onProblem(problem)
  }
}

/** The body of a request of OTLP in JSON. Pure. */
function encodeSpans(resource: OtlpOptions['resource'], spans: readonly Span[]): object {
  const scopeSpans = [{ scope: { name: 'baton' }, spans: spans.map(encodeSpan) }]
  return { resourceSpans: [{ resource: { attributes: encodeAttributes(resource) }, scopeSpans }] }
}

function encodeSpan({ name, traceId, spanId, parentSpanId, startMs, endMs, attributes, hasFailed }: Span): object {
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    kind: 1,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(Math.max(startMs, endMs)),
    attributes: encodeAttributes(attributes),
    status: hasFailed ? { code: 2 } : {},
  }
}

/** As text: a number has too few digits. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`
}

function encodeAttributes(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: encodeValue(value) }))
}

function encodeValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
