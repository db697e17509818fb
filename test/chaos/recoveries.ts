import type { RunEvent } from '../../src/event/run-event.js'

interface Attempt {
  module: string
  hosts: ReadonlySet<string>
}

interface Watched {
  fault: string
  injectedAt: number
  /** Leases of modules that were running. */
  waiting: Map<string, string>
}

/** Measures how long a fault holds up the modules that were running: until each has ended, or runs again. */
export class Recoveries {
  readonly byFault = new Map<string, number[]>()
  readonly #running = new Map<string, Attempt>()
  readonly #watched = new Set<Watched>()
  faults = 0

  /** @param host - undefined if it is a fault of the whole farm */
  injected(fault: string, host: string | undefined): void {
    this.faults += 1
    if (!this.byFault.has(fault)) this.byFault.set(fault, [])
    const hit = [...this.#running].filter(([, { hosts }]) => host === undefined || hosts.has(host))
    if (hit.length === 0) return
    const waiting = new Map(hit.map(([lease, { module }]) => [lease, module]))
    this.#watched.add({ fault, injectedAt: performance.now(), waiting })
  }

  see(run: string, event: RunEvent): void {
    if (event.type === 'attempt:start') {
      const devices = Object.values(event.devices).map(device => device.split('-')[0] ?? '')
      this.#settle(run, event.module, event.lease)
      this.#running.set(event.lease, { module: `${run} ${event.module}`, hosts: new Set([event.host, ...devices]) })
    } else if (event.type === 'attempt:end') {
      this.#running.delete(event.lease)
      this.#settle(run, event.module)
    } else if (event.type === 'module:end') {
      this.#settle(run, event.module)
    }
  }

  /** The run is over: nothing of it runs any longer. */
  end(run: string): void {
    for (const [lease, { module }] of this.#running) if (module.startsWith(`${run} `)) this.#running.delete(lease)
    for (const watched of this.#watched)
      for (const [lease, module] of watched.waiting) if (module.startsWith(`${run} `)) watched.waiting.delete(lease)
  }

  #settle(run: string, module: string, except?: string): void {
    const key = `${run} ${module}`
    for (const [lease, attempt] of this.#running)
      if (attempt.module === key && lease !== except) this.#running.delete(lease)
    for (const watched of this.#watched) {
      for (const [lease, waiting] of watched.waiting)
        if (waiting === key && lease !== except) watched.waiting.delete(lease)
      if (watched.waiting.size > 0) continue
      this.#watched.delete(watched)
      this.byFault.get(watched.fault)?.push(performance.now() - watched.injectedAt)
    }
  }
}
