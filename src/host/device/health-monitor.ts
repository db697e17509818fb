import type { DeviceObserver } from '../../device/driver/driver.js'
import { defaults } from '../../device/defaults.js'
import type { BatonError } from '../../error/baton-error.js'
import type { CheckVerdict } from '../allocation/allocation-checks.js'
import type { AllocationLoop } from '../allocation/allocation-loop.js'
import type { DeviceActor } from './device-actor.js'

export interface HealthMonitorOptions {
  devices: ReadonlyMap<string, DeviceActor>
  /** Undefined until the host has joined. */
  loop: () => Pick<AllocationLoop, 'setDeviceState' | 'registerDevice' | 'isRegistered'> | undefined
  report: (error: unknown) => void
  /** Hides secrets: reasons are for the whole farm to see. */
  mask: (text: string) => string
  /** Milliseconds between two looks at a device; those at one that is refused grow apart. Default 30,000. */
  intervalMs?: number | undefined
}

/** A device that is refused again and again is looked at this much less often at most. */
const maxIntervalFactor = 10

interface Watched {
  timer?: NodeJS.Timeout
  /** Looks that refused it, running. */
  refusals: number
}

/**
 * What becomes of a host's devices beside any module: they leave and come back, fail a look while they are idle, and pass
 * one after they were refused. It only ever asks for a check: what a device is fit for, its check decides.
 */
export class HealthMonitor {
  readonly #watched = new Map<string, Watched>()
  #stopped = false

  constructor(private readonly options: HealthMonitorOptions) {}

  /** For the driver of a device. */
  observerFor(name: string): DeviceObserver {
    return {
      lost: error => this.#lost(name, error),
      back: reason => this.#requestCheck(name, reason),
    }
  }

  /** What a check came to; from here on the device is looked at now and then. */
  checked(name: string, verdict: CheckVerdict): void {
    const watched = this.#of(name)
    watched.refusals = verdict.state === 'idle' ? 0 : watched.refusals + 1
    this.#scheduleHealthCheck(name, watched)
  }

  stop(): void {
    this.#stopped = true
    for (const { timer } of this.#watched.values()) clearTimeout(timer)
  }

  #lost(name: string, error: BatonError): void {
    this.options.devices.get(name)?.deviceLost()
    const reason = this.options.mask([error.message, error.hint].filter(Boolean).join('; '))
    void this.options.loop()?.setDeviceState(name, 'offline', reason).catch(this.options.report)
    const watched = this.#of(name)
    watched.refusals = 1
    this.#scheduleHealthCheck(name, watched)
  }

  #requestCheck(name: string, reason: string): void {
    const actor = this.options.devices.get(name)
    const loop = this.options.loop()
    if (!actor || !loop || this.#stopped) return
    actor.clearQuarantine()
    const device = actor.hostDevice
    const asked = loop.isRegistered(device)
      ? loop.setDeviceState(name, 'checking', reason)
      : loop.registerDevice(device)
    void asked.catch(this.options.report)
  }

  #scheduleHealthCheck(name: string, watched: Watched): void {
    clearTimeout(watched.timer)
    if (this.#stopped) return
    const patience = Math.min(maxIntervalFactor, 2 ** Math.max(0, watched.refusals - 1))
    watched.timer = setTimeout(
      () => void this.#checkHealth(name, watched),
      (this.options.intervalMs ?? defaults.healthCheckIntervalMs) * patience,
    )
  }

  async #checkHealth(name: string, watched: Watched): Promise<void> {
    const device = this.options.devices.get(name)
    const wasRefused = watched.refusals > 0
    if (device && !device.inUse) {
      const refusal = await device.healthProblem()
      if (this.#stopped || device.inUse) return
      if (refusal === undefined && wasRefused) return this.#requestCheck(name, 'it is given another chance')
      if (refusal !== undefined) {
        watched.refusals += 1
        const { loop, mask, report } = this.options
        if (!wasRefused) await loop()?.setDeviceState(name, 'offline', mask(refusal)).catch(report)
      }
    }
    this.#scheduleHealthCheck(name, watched)
  }

  #of(name: string): Watched {
    const known = this.#watched.get(name)
    if (known) return known
    const watched = { refusals: 0 }
    this.#watched.set(name, watched)
    return watched
  }
}
