import { z } from 'zod'
import { noCounts } from '../network/message-control-protocol.js'

/** Types of requests that scripts make. The order of others says nothing about the app, so its proxy doesn't count them either. */
const scriptTypes = new Set(['XHR', 'Fetch', 'EventSource', 'Ping', 'Preflight'])

const requestSchema = z.object({
  requestId: z.string(),
  type: z.string().optional(),
  request: z.object({ url: z.string() }),
  redirectResponse: z.unknown().optional(),
})
const responseSchema = z.object({
  requestId: z.string(),
  response: z.object({ fromDiskCache: z.boolean().optional(), fromServiceWorker: z.boolean().optional() }),
})
const idSchema = z.object({ requestId: z.string(), blockedReason: z.string().optional() })
const socketSchema = z.object({ requestId: z.string(), url: z.string() })
const frameSchema = z.object({ requestId: z.string(), response: z.object({ opcode: z.number() }) })

/** What one page has sent and received, as its proxy counts it: requests of scripts over plain HTTP. */
export class PageTraffic {
  readonly counts = noCounts()
  /** A dialog is open: the page answers nothing. */
  hasDialog = false
  readonly #requests = new Set<string>()
  readonly #sockets = new Set<string>()

  /** @returns whether the event counts */
  see(method: string, params: Record<string, unknown>): boolean {
    switch (method) {
      case 'Network.requestWillBeSent':
        return this.#requested(requestSchema.parse(params))
      case 'Network.requestServedFromCache':
        return this.#forget(idSchema.parse(params).requestId)
      case 'Network.responseReceived': {
        const { requestId, response } = responseSchema.parse(params)
        return response.fromDiskCache || response.fromServiceWorker ? this.#forget(requestId) : false
      }
      case 'Network.loadingFinished':
      case 'Network.loadingFailed': {
        const { requestId, blockedReason } = idSchema.parse(params)
        return blockedReason === undefined ? this.#finished(requestId) : this.#forget(requestId)
      }
      case 'Network.eventSourceMessageReceived':
        this.counts.down += 1
        return true
      case 'Network.webSocketCreated':
        return this.#opened(socketSchema.parse(params))
      case 'Network.webSocketFrameSent':
        return this.#frame('up', frameSchema.parse(params))
      case 'Network.webSocketFrameReceived':
        return this.#frame('down', frameSchema.parse(params))
      case 'Page.javascriptDialogOpening':
        this.hasDialog = true
        return true
      case 'Page.javascriptDialogClosed':
        this.hasDialog = false
        return true
      default:
        return false
    }
  }

  #requested({ requestId, type = '', request, redirectResponse }: z.infer<typeof requestSchema>): boolean {
    if (redirectResponse !== undefined) this.#finished(requestId)
    if (!request.url.startsWith('http:') || !scriptTypes.has(type)) return false
    this.#requests.add(requestId)
    this.counts.requests += 1
    return true
  }

  #finished(id: string): boolean {
    if (!this.#requests.delete(id)) return false
    this.counts.responses += 1
    return true
  }

  /** It never reached the network. */
  #forget(id: string): boolean {
    if (!this.#requests.delete(id)) return false
    this.counts.requests -= 1
    return true
  }

  #opened({ requestId, url }: z.infer<typeof socketSchema>): boolean {
    if (!url.startsWith('ws:')) return false
    this.#sockets.add(requestId)
    this.counts.sockets += 1
    return true
  }

  #frame(direction: 'up' | 'down', { requestId, response }: z.infer<typeof frameSchema>): boolean {
    // Others are pings and closes.
    if (response.opcode > 2 || !this.#sockets.has(requestId)) return false
    this.counts[direction] += 1
    return true
  }
}
