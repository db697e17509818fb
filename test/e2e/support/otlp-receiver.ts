import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface ReceivedAttribute {
  key: string
  value: { stringValue?: string; intValue?: string; boolValue?: boolean }
}

export interface ReceivedSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: ReceivedAttribute[]
  status: { code?: number }
  service: string | undefined
}

interface ExportRequest {
  resourceSpans: { resource: { attributes: ReceivedAttribute[] }; scopeSpans: { spans: ReceivedSpan[] }[] }[]
}

/** What stands where an OpenTelemetry collector would. */
export class OtlpReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = []
  readonly requests: IncomingMessage[] = []
  readonly #server: Server

  private constructor(answer: (response: ServerResponse, nth: number) => void) {
    this.#server = createServer((request, response) => {
      this.requests.push(request)
      const nth = this.requests.length
      void this.#read(request).then(() => answer(response, nth))
    })
  }

  /** @param answer - to the n-th request; default: it is accepted */
  static async start(
    answer = (response: ServerResponse, _nth: number): void => void response.end('{}'),
  ): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(answer)
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  named(name: string): ReceivedSpan[] {
    return this.spans.filter(span => span.name === name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #read(request: IncomingMessage): Promise<void> {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    for (const { resource, scopeSpans } of (JSON.parse(text) as ExportRequest).resourceSpans) {
      const service = textOf(resource.attributes, 'service.name')
      for (const { spans } of scopeSpans) this.spans.push(...spans.map(span => ({ ...span, service })))
    }
  }
}

export function textOf(attributes: readonly ReceivedAttribute[], name: string): string | undefined {
  return attributes.find(({ key }) => key === name)?.value.stringValue
}
