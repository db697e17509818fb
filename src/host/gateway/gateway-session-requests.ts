import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import type { WorkerSession } from '../../script/worker-messages.js'
import { readBody } from './gateway-control.js'
import type { DeviceSlot, DeviceSlots } from './gateway-device-slot.js'
import { noSuchSession, sendError, sendJson, sessionOwned } from './gateway-error.js'
import type { FaultLog } from './gateway-fault.js'
import type { LeaseId } from './gateway-token.js'

export interface SessionRequestsOptions {
  /**
   * Resets a device for the module that holds it.
   * @param wanted - capabilities in addition to the device's own
   */
  renewSession?: ((device: string, wanted: Record<string, unknown>) => Promise<void>) | undefined
  /** @param host - name and port by which the worker reaches the gateway */
  workerSession: (device: string, host?: string) => WorkerSession | undefined
  /** Hides the host's secrets. */
  mask?: ((text: string) => string) | undefined
}

const capabilitySet = z.record(z.string(), z.unknown())
const newSessionSchema = z.looseObject({
  capabilities: z.looseObject({
    alwaysMatch: capabilitySet.default({}),
    firstMatch: z.array(capabilitySet).default([]),
  }),
})

/** WebdriverIO adds these to every request for a browser. */
const addedByWebdriverio = new Set(['webSocketUrl', 'unhandledPromptBehavior'])

/**
 * Answers `DELETE /session/:id` and `POST /session`. A script that ends or reloads its session gets what a server of its own
 * would answer. The host keeps the session, and resets the device instead.
 */
export class SessionRequests {
  /** What each lease asked for last: WebdriverIO repeats it with each reload, as part of all that it requests. */
  readonly #wanted = new WeakMap<DeviceSlot, { lease: LeaseId; wanted: Record<string, unknown> }>()

  constructor(
    private readonly options: SessionRequestsOptions,
    private readonly slots: DeviceSlots,
    private readonly faults: FaultLog,
  ) {}

  async end(response: ServerResponse, slot: DeviceSlot): Promise<void> {
    await this.slots.endSession(slot)
    sendJson(response, 200, { value: null })
  }

  async renew(request: IncomingMessage, response: ServerResponse, slot: DeviceSlot, lease: LeaseId): Promise<void> {
    const { renewSession, workerSession } = this.options
    if (!renewSession) return sendError(response, sessionOwned)
    const ended = slot.pending.add(lease)
    let wanted: Record<string, unknown> = {}
    try {
      const last = this.#wanted.get(slot)
      const opened = {
        requested: workerSession(slot.device)?.requested ?? {},
        wanted: last?.lease === lease ? last.wanted : {},
      }
      wanted = wantedCapabilities(await readBody(request), opened)
      this.#wanted.set(slot, { lease, wanted })
      await this.slots.endSession(slot)
      await renewSession(slot.device, wanted)
      // A tunnel may be in between: only the client knows the way.
      const session = workerSession(slot.device, request.headers.host)
      if (!session) return sendError(response, noSuchSession)
      sendJson(response, 200, { value: { sessionId: session.id, capabilities: session.capabilities } })
    } catch (error) {
      this.#failed(response, { slot, lease, wanted, error })
    } finally {
      ended()
    }
  }

  #failed(
    response: ServerResponse,
    { slot, lease, wanted, error }: { slot: DeviceSlot; lease: LeaseId; wanted: object; error: unknown },
  ): void {
    const { mask = text => text } = this.options
    const code = error instanceof BatonError ? `${error.code}: ` : ''
    const message = mask(`${code}${errorMessage(error)}`)
    // What the script asked for may be the reason.
    if (Object.keys(wanted).length === 0)
      this.faults.record(lease, { device: slot.device, kind: 'session', message, at: Date.now() })
    sendError(response, { status: 500, error: 'session not created', message })
  }
}

interface OpenedWith {
  /** All capabilities of the present session. */
  requested: Record<string, unknown>
  /** Those of them that the module asked for. */
  wanted: Record<string, unknown>
}

/** The capabilities of a request that are not the device's own. */
function wantedCapabilities(body: string, { requested, wanted }: OpenedWith): Record<string, unknown> {
  const { alwaysMatch, firstMatch } = newSessionSchema.parse(JSON.parse(body)).capabilities
  const isOwn = (name: string, value: unknown): boolean =>
    addedByWebdriverio.has(name) || (!Object.hasOwn(wanted, name) && isDeepStrictEqual(value, requested[name]))
  return Object.fromEntries(
    Object.entries({ ...firstMatch[0], ...alwaysMatch }).filter(([name, value]) => !isOwn(name, value)),
  )
}
