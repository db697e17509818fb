import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { requestUpstream, type Upstream } from '../appium/appium-upstream.js'
import type { Target } from './gateway-session.js'
import { sendError } from './gateway-error.js'
import { sessionFault } from './gateway-fault.js'
import { deviceHeader } from '../../script/worker-messages.js'
import { leaseHeader } from './gateway-token.js'
import { parseJson } from '../../process/parse-json.js'

/** Headers for one connection only (RFC 9110, section 7.6.1), and those that the gateway sets itself. */
const droppedHeaders = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'host',
  leaseHeader,
  deviceHeader,
]

/** Kept even if `Connection` names them: without them the bytes of a body would be taken for the next request. */
const framingHeaders = new Set(['content-length', 'transfer-encoding'])

/** More than any W3C error response needs. */
const maxAnswerBytes = 64 * 1024
/** More than any DevTools command but one with a large script needs. */
const maxRequestBytes = 1024 * 1024

export interface RelayObserver {
  /** Whether the lease may still use the device; asked before each part of the body is forwarded. */
  isCurrent: () => boolean
  /** Called with the body of the request, if it can be read; absent: it is not needed. */
  requested?: ((body: unknown) => void) | undefined
  fault: (kind: 'upstream' | 'session', message: string) => void
  /** The session answered, if only with an error that a script can cause. */
  answered: () => void
  /** The answer of a `DELETE /session/:id/window`. */
  windowDeleted: (answer: unknown) => void
  /** Called once, when the forwarded request has ended. */
  ended: () => void
}

/**
 * Forwards one request and its response, as streams. If the client goes away, the response to a command that was sent
 * completely is still awaited: the command runs on the device, and only its end makes the device free.
 * @returns to be called when the session is closed: from then on the response is awaited for the client's sake only
 */
export function relayHttp(
  request: IncomingMessage,
  response: ServerResponse,
  { upstream, url }: Target,
  observer: RelayObserver,
): () => void {
  const { method = 'GET' } = request
  const outgoing = requestUpstream(upstream, url, { method, headers: headersFor(request, upstream) })
  let clientGone = false
  let sessionClosed = false
  const dropIfUseless = (): void => {
    if (clientGone && (sessionClosed || !request.complete)) outgoing.destroy()
  }

  outgoing.once('close', observer.ended)
  outgoing.once('response', answer => {
    if ((answer.statusCode ?? 0) >= 400) {
      readJson(answer, body => {
        const fault = sessionFault(body)
        if (fault !== undefined) observer.fault('session', fault)
        else observer.answered()
      })
    } else if (method === 'DELETE' && url.endsWith('/window')) {
      readJson(answer, observer.windowDeleted)
    } else {
      observer.answered()
    }
    answer.once('error', error => {
      if (!clientGone)
        observer.fault('upstream', `${upstream.label} ended in the middle of its response: ${error.message}`)
      response.destroy()
    })
    if (clientGone) {
      answer.resume()
      return
    }
    response.writeHead(answer.statusCode ?? 502, forwardedHeaders(answer.headers))
    answer.pipe(response)
    response.once('close', () => {
      // The client no longer reads the rest. Without a reader, the request would never end.
      if (!response.writableFinished) answer.resume()
    })
  })
  outgoing.once('error', error => {
    if (clientGone) return
    observer.fault('upstream', `${upstream.label}: ${error.message}`)
    if (response.headersSent) response.destroy()
    else sendError(response, { status: 500, error: 'unknown error', message: lostMessage(upstream, error) })
  })
  response.once('close', () => {
    clientGone = !response.writableFinished
    dropIfUseless()
  })
  if (observer.requested) readJson(request, observer.requested, maxRequestBytes)
  request.on('data', () => {
    if (!observer.isCurrent()) outgoing.destroy(new Error('the lease ended before the command was complete'))
  })
  request.pipe(outgoing)
  return () => {
    sessionClosed = true
    dropIfUseless()
  }
}

function headersFor(request: IncomingMessage, upstream: Upstream): OutgoingHttpHeaders {
  return { ...forwardedHeaders(request.headers), ...upstream.headers }
}

function forwardedHeaders(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const forwarded = { ...headers }
  for (const name of [...droppedHeaders, ...connectionOptions(headers)]) delete forwarded[name]
  return forwarded
}

/** The headers that `Connection` names: they too are meant for the next hop alone. */
function connectionOptions({ connection }: OutgoingHttpHeaders): string[] {
  const names = String(connection ?? '').split(',')
  return names.map(name => name.trim().toLowerCase()).filter(name => !framingHeaders.has(name))
}

/** Reads JSON while it is forwarded. @param onBody - called with undefined if it is too large, or is not JSON */
function readJson(message: IncomingMessage, onBody: (body: unknown) => void, maxBytes = maxAnswerBytes): void {
  const chunks: Buffer[] = []
  let size = 0
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
  })
  message.once('end', () => {
    onBody(size > maxBytes ? undefined : parseJson(Buffer.concat(chunks).toString()))
  })
}

function lostMessage(upstream: Upstream, error: Error): string {
  return `BATON_SESSION_LOST: the WebDriver server at ${upstream.label} does not answer (${error.message})`
}
