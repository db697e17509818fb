import { z } from 'zod'
import type { HostSession } from '../../../device/driver/host-session.js'
import type { WebDriverEndpoint } from '../../../device/driver/session-capability.js'
import { BatonError } from '../../../error/baton-error.js'
import { errorMessage } from '../../../error/error-text.js'
import { publishActivity } from '../../../event/host-activity.js'
import { unlessAborted } from '../../../process/deadline.js'
import { startAppiumRequest, requestAppium } from '../../appium/appium-client.js'
import { isServedByAppium, parseUpstream, type Upstream } from '../../appium/appium-upstream.js'

const newSession = z.looseObject({ sessionId: z.string(), capabilities: z.record(z.string(), z.unknown()) })

const commandMs = 10_000
const notWanted = 'no longer needed'

export interface OpenOptions {
  device: string
  upstream: Upstream
  capabilities: Record<string, unknown>
  /** Milliseconds until the opening is given up. */
  timeoutMs: number
  usedCommands: ReadonlySet<string>
  dialogTypes: ReadonlyMap<string, string>
  /** Finds the server that takes all commands but Appium's own, once the session is open. */
  endpoint?: (() => Promise<WebDriverEndpoint | undefined>) | undefined
  /** Aborted when the session is no longer needed. If the reason is a BatonError, it is thrown. */
  signal?: AbortSignal | undefined
}

/** A session and the servers that run it. */
export interface OpenedSession extends HostSession {
  readonly upstream: Upstream
  /** Takes all commands but Appium's own; absent: Appium takes all. */
  readonly direct: WebDriverEndpoint | undefined
}

/**
 * Opens a session by plain HTTP, so that the host itself holds no BiDi connection.
 * @throws BatonError BATON_SESSION_FAILED with the server's message; the signal's reason if that is a BatonError
 */
export async function openSession(options: OpenOptions): Promise<OpenedSession> {
  const start = performance.now()
  let ok = false
  try {
    const session = await requestSession(options)
    ok = true
    return session
  } finally {
    publishActivity('session-opened', { device: options.device, seconds: (performance.now() - start) / 1_000, ok })
  }
}

async function requestSession(options: OpenOptions): Promise<OpenedSession> {
  const { device, upstream, timeoutMs, signal: stop } = options
  const refused = (why: string, cause?: unknown): BatonError =>
    new BatonError('BATON_SESSION_FAILED', `no session on ${device} at ${upstream.label}: ${why}`, { device, cause })
  if (stop?.aborted) throw refused(notWanted)
  const { answer } = startAppiumRequest(upstream, {
    method: 'POST',
    path: '/session',
    body: { capabilities: { alwaysMatch: options.capabilities, firstMatch: [{}] } },
  })
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const opened = await unlessAborted(answer, stop ? AbortSignal.any([deadline, stop]) : deadline)
    const { sessionId, capabilities } = newSession.parse(opened)
    const direct = await options.endpoint?.()
    return hostSession({ ...options, id: sessionId, capabilities, direct })
  } catch (cause) {
    const givenUp = stop?.aborted ? notWanted : deadline.aborted ? `not open within ${timeoutMs} ms` : undefined
    // The server may still open it, and nobody else would delete it.
    if (givenUp !== undefined)
      void answer.then(async opened => deleteSession(upstream, newSession.parse(opened).sessionId)).catch(() => {})
    if (stop?.reason instanceof BatonError) throw stop.reason
    throw refused(givenUp ?? errorMessage(cause), cause)
  }
}

/** Deletes a session, if it still exists. @throws if the server does not answer */
export async function deleteSession(upstream: Upstream, id: string, timeoutMs = 5000): Promise<void> {
  await requestAppium(upstream, { method: 'DELETE', path: `/session/${id}`, timeoutMs })
}

interface HostSessionParts extends Pick<OpenOptions, 'upstream' | 'usedCommands' | 'dialogTypes'> {
  id: string
  capabilities: Record<string, unknown>
  direct: WebDriverEndpoint | undefined
}

function hostSession(parts: HostSessionParts): OpenedSession {
  const { id, capabilities, upstream, usedCommands, dialogTypes, direct } = parts
  const directUpstream = direct && parseUpstream(direct.url)
  return {
    id,
    capabilities,
    usedCommands,
    dialogTypes,
    upstream,
    direct,
    async command(method, path, body, timeoutMs = commandMs) {
      if (!directUpstream || isServedByAppium(method, path))
        return requestAppium(upstream, { method, path: `/session/${id}${path}`, body, timeoutMs })
      return requestAppium(directUpstream, { method, path: `/session/${direct.sessionId}${path}`, body, timeoutMs })
    },
  }
}

/** The same session with a shorter deadline for each command. */
export function withDeadline(session: HostSession, timeoutMs: number): HostSession {
  return {
    id: session.id,
    capabilities: session.capabilities,
    usedCommands: session.usedCommands,
    dialogTypes: session.dialogTypes,
    command: (method, path, body) => session.command(method, path, body, timeoutMs),
  }
}
