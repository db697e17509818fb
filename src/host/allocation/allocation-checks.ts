import type { Grant } from '../../lease/grant.js'
import type { DeviceToCheck } from '../../lease/host-leases.js'
import { compareLeases, type LeaseId } from '../gateway/gateway-token.js'

/** What a check found: the device is ready for a module, or it is not and why. */
export type CheckVerdict = { state: 'idle' } | { state: 'offline' | 'quarantined'; reason: string }

/**
 * Runs at most one check of a device at a time. A check under a newer lease waits for the running one and supersedes its result. A
 * check that is running already is not started twice. One under an older lease is ignored: a module may use the device by now.
 */
export class AllocationChecks {
  readonly #running = new Map<string, { lease: string; next?: DeviceToCheck }>()
  readonly #tasks = new Set<Promise<void>>()
  /** Device → the newest lease of a request. */
  readonly #newest = new Map<string, LeaseId>()

  /** @param perform - runs the check; reports no result if it `isSuperseded` by then: a newer check decides */
  constructor(private readonly perform: (asked: DeviceToCheck, isSuperseded: () => boolean) => Promise<void>) {}

  request(asked: DeviceToCheck): void {
    // Requests come from the inbox and in replies, over two connections, so an older one may come last.
    if (compareLeases(asked.lease, this.#newest.get(asked.device) ?? '0') < 0) return
    this.#newest.set(asked.device, asked.lease)
    const running = this.#running.get(asked.device)
    if (running) {
      if (running.lease !== asked.lease) running.next = asked
      return
    }
    this.#running.set(asked.device, { lease: asked.lease })
    const task = this.#run(asked).finally(() => this.#tasks.delete(task))
    this.#tasks.add(task)
  }

  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.allSettled(this.#tasks)
  }

  async #run(asked: DeviceToCheck): Promise<void> {
    try {
      await this.perform(asked, () => this.#running.get(asked.device)?.next !== undefined)
    } finally {
      const next = this.#running.get(asked.device)?.next
      this.#running.delete(asked.device)
      if (next) this.request(next)
    }
  }
}

/**
 * Devices that the lead host has to check after it released a lease: it gets no message about its own.
 * @param clean - those that are ready as they are
 */
export function devicesToCheck({ lease, lead, devices }: Grant, clean: readonly string[]): DeviceToCheck[] {
  return Object.values(devices)
    .filter(({ device, host }) => host === lead && !clean.includes(device))
    .map(({ device }) => ({ device, lease, reason: 'being made ready for the next module' }))
}
