import { request as requestHttp, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { NetworkMessage } from '../../script/network/network-message.js'
import type { DeviceNetwork } from './device-network.js'
import { isPageResource } from './is-page-resource.js'
import { uncounted, type CountedExchange } from './message-counter.js'
import { EventSplitter } from './event-splitter.js'
import { connectionOptions, forwardedHeaders, hasHeader, pairsOf } from './forwarded-headers.js'
import { MessageChannel } from './message-channel.js'
import { pump } from './pump.js'
import type { UpstreamServer, UpstreamConnection } from './upstream-connection.js'

/** One request of a device, and what is needed to forward it. */
export interface Exchange {
  network: DeviceNetwork
  request: IncomingMessage
  response: ServerResponse
  url: URL
  /** Path and query as the device sent them. */
  path: string
  target: UpstreamServer
  upstream: UpstreamConnection
  /** The device waits for `100 Continue` before it sends the body. */
  expectsContinue: boolean
}

/** An exchange whose messages are counted, and wait if somebody decides about their order. */
interface CountedRequest extends Exchange {
  counted: CountedExchange
  isUncontrolled: boolean
}

/** More than servers accept; Node's default is smaller than that of some. */
export const maxHeaderSize = 256 * 1024

/**
 * Forwards a request and its response, as streams. If the server can't be reached or breaks off, the device's connection
 * is cut: that is what it would see without a proxy.
 */
export async function relayRequest(exchange: Exchange): Promise<void> {
  const { network, request, response } = exchange
  const message = messageOf(exchange, 'request')
  const isUncontrolled = isPageResource(request.headers, message.path)
  const counted = isUncontrolled ? uncounted : network.counter.exchange()
  response.once('close', () => counted.ended())
  const verdict = network.admit(message, { isUp: true, isUncontrolled })
  if (verdict !== 'pass' && (await verdict) === 'drop') return void request.socket.destroy()
  // Gone while its request was held.
  if (request.socket.destroyed) return
  counted.sent()
  const outgoing = sendHead(exchange)
  outgoing.once('close', () => counted.answered())
  response.once('close', () => {
    if (!response.writableFinished) outgoing.destroy()
  })
  outgoing.on('error', () => request.socket.destroy())
  outgoing.on('information', ({ statusCode, rawHeaders }) => relayInformation(response, statusCode, rawHeaders))
  outgoing.once('response', answer => {
    counted.answered()
    void relayResponse({ ...exchange, counted, isUncontrolled }, answer)
  })
  if (exchange.expectsContinue) outgoing.once('continue', () => response.writeContinue())
  pump(request, outgoing, network.up, () => {
    if (request.rawTrailers.length > 0) outgoing.addTrailers(pairsOf(request.rawTrailers))
    outgoing.end()
  })
}

function sendHead({ request, url, path, target, upstream }: Exchange): ClientRequest {
  const { method = 'GET', rawHeaders } = request
  const headers = forwardedHeaders(rawHeaders)
  const hasBody = hasHeader(rawHeaders, 'content-length') || hasHeader(rawHeaders, 'transfer-encoding')
  // Without a length, Node would send an empty body in chunks.
  if (!hasBody && !['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].includes(method)) headers.push('Content-Length', '0')
  if (!hasHeader(headers, 'host')) headers.unshift('Host', url.host)
  const outgoing = requestHttp({
    method,
    host: target.hostname,
    port: target.port,
    path,
    headers,
    agent: upstream.agent,
    maxHeaderSize,
  })
  // A body that waits for `100 Continue` may never come.
  outgoing.flushHeaders()
  return outgoing
}

async function relayResponse(exchange: CountedRequest, answer: IncomingMessage): Promise<void> {
  const { network, request, response, counted, isUncontrolled } = exchange
  answer.once('error', () => request.socket.destroy())
  const status = answer.statusCode ?? 502
  const verdict = network.admit({ ...messageOf(exchange, 'response'), status }, { isUp: false, isUncontrolled })
  if (verdict !== 'pass' && (await verdict) === 'drop') return void request.socket.destroy()
  if (request.socket.destroyed) return void answer.destroy()
  const headers = forwardedHeaders(answer.rawHeaders)
  if (connectionOptions(answer.rawHeaders).includes('close')) headers.push('Connection', 'close')
  response.sendDate = false
  response.writeHead(status, answer.statusMessage ?? '', headers)
  const end = (): void => {
    if (answer.rawTrailers.length > 0) response.addTrailers(pairsOf(answer.rawTrailers))
    response.end()
  }
  if (isEventStream(answer)) {
    response.flushHeaders()
    const describe = eventOf(exchange)
    const splitter = new EventSplitter(describe)
    MessageChannel.start({ network, source: answer, sink: response, splitter, isUp: false, end })
  } else {
    counted.ended()
    // A body that comes later must not delay the head.
    if (!hasHeader(answer.rawHeaders, 'content-length')) response.flushHeaders()
    pump(answer, response, network.down, end)
  }
}

/** A compressed stream can't be split into events. */
function isEventStream({ headers }: IncomingMessage): boolean {
  const encoding = headers['content-encoding'] ?? 'identity'
  return /^text\/event-stream\b/i.test(headers['content-type'] ?? '') && encoding === 'identity'
}

function relayInformation(response: ServerResponse, status: number, rawHeaders: readonly string[]): void {
  if (response.headersSent) return
  if (status === 102) response.writeProcessing()
  if (status !== 103) return
  const hints: Record<string, string | string[]> = {}
  for (const [name, value] of pairsOf(rawHeaders)) {
    const lower = name.toLowerCase()
    const known = hints[lower]
    hints[lower] = known === undefined ? value : [known, value].flat()
  }
  if (hints['link'] !== undefined) response.writeEarlyHints(hints)
}

function messageOf({ request, url }: Exchange, kind: 'request' | 'response'): NetworkMessage {
  const { method = 'GET' } = request
  return { kind, method, url: url.href, path: url.pathname, state: 'passed', at: Date.now() }
}

function eventOf({ url }: Exchange) {
  return (event: { type: string; text: string; bytes: number }): NetworkMessage => ({
    kind: 'event',
    url: url.href,
    path: url.pathname,
    ...event,
    state: 'passed',
    at: Date.now(),
  })
}
