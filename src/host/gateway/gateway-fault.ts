import { z } from 'zod'
import { LruMap } from '../../process/lru-map.js'

/** Something that went wrong with a session under a lease. */
export const gatewayFaultSchema = z.object({
  device: z.string(),
  /**
   * `upstream`: Appium did not answer. `session`: it answered that the session or its browser is gone. `script`: the same, but
   * because the script ended the session. Only the last kind is the module's own fault.
   */
  kind: z.enum(['upstream', 'session', 'script']),
  message: z.string(),
  /** Milliseconds since the epoch. */
  at: z.number(),
})

export type GatewayFault = z.infer<typeof gatewayFaultSchema>

/** Error codes whose text comes from the driver. Other errors quote the script: its selectors, or what it threw. */
const driverErrors = new Set(['unknown error', 'disconnected', 'tab crashed', 'chrome not reachable'])

/** How ChromeDriver, or Appium for it, reports that the browser or ChromeDriver itself is gone. */
const goneMessages =
  /chrome not reachable|not connected to DevTools|browser has closed the connection|page crash|Could not proxy command/i

/** How the UiAutomator2 driver reports, under any code, that its server on the phone is gone. */
const instrumentationGone = /^'[A-Z]+ [^']*' cannot be proxied to UiAutomator2 server because/

/** @returns the fault that a W3C error response reports; undefined if the script caused it (no such element, …) */
export function sessionFault(answer: unknown): string | undefined {
  const value = field(answer, 'value')
  const error = field(value, 'error')
  const message = field(value, 'message')
  if (typeof error !== 'string') return undefined
  const text = typeof message === 'string' ? message : ''
  const gone =
    error === 'invalid session id' ||
    (driverErrors.has(error) && goneMessages.test(text)) ||
    instrumentationGone.test(text)
  return gone ? `${error}: ${text}` : undefined
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

const maxLeases = 500
const maxFaultsPerLease = 20

/** Faults by lease. Bounded: the first faults of a lease are its cause, and old leases have been judged. */
export class FaultLog {
  readonly #faults = new LruMap<string, GatewayFault[]>(maxLeases)

  record(lease: string, fault: GatewayFault): void {
    const known = this.#faults.get(lease) ?? []
    if (known.length < maxFaultsPerLease) known.push(fault)
    this.#faults.set(lease, known)
    this.#faults.evict()
  }

  /** The script ended the device's session, so the faults that followed are the script's. */
  blameScript(lease: string, device: string): void {
    for (const fault of this.faultsOf(lease))
      if (fault.device === device && fault.kind === 'session') fault.kind = 'script'
  }

  faultsOf(lease: string): readonly GatewayFault[] {
    return this.#faults.get(lease) ?? []
  }
}
