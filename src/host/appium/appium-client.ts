import { z } from 'zod'
import { WebDriverError } from '../../device/driver/host-session.js'
import { BatonError } from '../../error/baton-error.js'
import { withTimeout } from '../../process/deadline.js'
import { requestUpstream, type Upstream } from './appium-upstream.js'

const answerSchema = z.looseObject({ value: z.unknown() })
const errorSchema = z.looseObject({ error: z.string(), message: z.string() })

export interface AppiumRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below the server's base path, with a leading slash. */
  path: string
  body?: object | undefined
  /** Milliseconds until the request fails. */
  timeoutMs: number
}

/**
 * Sends one WebDriver command to an Appium server.
 * @returns the response's `value`
 * @throws WebDriverError if the server responded with an error; BatonError BATON_SESSION_LOST if it did not respond
 */
export async function requestAppium(upstream: Upstream, { timeoutMs, ...rest }: AppiumRequest): Promise<unknown> {
  const { answer, abandon } = startAppiumRequest(upstream, rest)
  return withTimeout(answer, timeoutMs, () => {
    abandon()
    throw unreachable(upstream, rest, `no answer within ${timeoutMs} ms`)
  })
}

/** The same without a deadline. @returns the response, and what cancels the request */
export function startAppiumRequest(
  upstream: Upstream,
  { method, path, body }: Omit<AppiumRequest, 'timeoutMs'>,
): { answer: Promise<unknown>; abandon: () => void } {
  const content = method === 'POST' ? JSON.stringify(body ?? {}) : ''
  const request = requestUpstream(upstream, path, {
    method,
    headers: {
      ...upstream.headers,
      ...(method === 'POST' ? { 'content-type': 'application/json; charset=utf-8' } : {}),
      'content-length': Buffer.byteLength(content),
    },
  })
  const answer = new Promise<unknown>((resolve, reject) => {
    const fail = (error: Error) => reject(unreachable(upstream, { method, path }, error.message))
    request.once('error', fail)
    request.once('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', fail)
      response.once('end', () => {
        try {
          resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString()))
        } catch (error) {
          reject(error instanceof WebDriverError ? error : unreachable(upstream, { method, path }, String(error)))
        }
      })
    })
  })
  // If the request is cancelled, nobody awaits its response.
  answer.catch(() => {})
  request.end(content)
  return { answer, abandon: () => request.destroy() }
}

function readAnswer(status: number, text: string): unknown {
  const { value } = answerSchema.parse(JSON.parse(text))
  if (status < 400) return value
  const { error, message } = errorSchema.parse(value)
  throw new WebDriverError(error, message)
}

function unreachable(upstream: Upstream, { method, path }: { method: string; path: string }, why: string): BatonError {
  return new BatonError('BATON_SESSION_LOST', `${method} ${path} at ${upstream.label}: ${why}`)
}
