import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'
import type { DeviceEntry } from '../device/device-entry.js'
import type { Discovery } from '../device/driver/discovery-capability.js'
import type { Driver } from '../device/driver/driver.js'
import type { FarmConfig } from '../device/farm-config.js'
import { allSettledOrThrow, BatonError, BatonErrors, sortByLocation } from '../error/baton-error.js'
import { errorMessage } from '../error/error-text.js'
import type { AllocatedDevices } from './allocation/allocated-devices.js'
import { DeviceActor } from './device/device-actor.js'
import type { DeviceFarm } from './device/device-actor-options.js'
import { hostPorts, type HostPortsOptions } from './host-ports.js'

export interface HostDevicesOptions extends HostPortsOptions {
  config: FarmConfig
  drivers: readonly Driver[]
  hostName: string
  /** Parent of the devices' own folders. */
  workDir: string
  /** Every device that is ready, by name; filled here. */
  actors: Map<string, DeviceActor>
  farm: Pick<AllocatedDevices, 'register' | 'setState' | 'isRegistered'>
  /** Milliseconds between health checks of a device that is idle or unavailable. */
  healthCheckIntervalMs?: number | undefined
  /** Hides secrets: reasons are for the whole farm to see. */
  mask: (text: string) => string
  report: (error: unknown) => void
}

/** The devices of a host, from devices.json or discovered: prepares them, and brings them into the farm. */
export class HostDevices {
  readonly #stopping = new AbortController()
  readonly #discoveries: Discovery[] = []
  /** Discovered devices that cannot be used now, for example because another farm uses them. */
  readonly #refused = new Set<string>()
  /** Starting a browser or an emulator takes a whole core. */
  readonly #startLimiter = pLimit(availableParallelism())

  constructor(private readonly options: HostDevicesOptions) {}

  /**
   * Prepares every device of the configuration.
   * @throws BatonErrors with all errors, so that they can be fixed in one go
   */
  async prepare(): Promise<void> {
    const { config } = this.options
    const errors: BatonError[] = []
    await allSettledOrThrow(
      config.devices.map(async entry => {
        await this.#prepareEntry(entry).catch((error: unknown) => {
          if (!(error instanceof BatonError)) throw error
          errors.push(locateAtDevice(error, entry.name, config))
        })
      }),
    )
    if (errors.length > 0) throw new BatonErrors(sortByLocation(errors))
  }

  /** The host's own Appium ended, and with it the sessions of all devices that use it. */
  appiumEnded(): void {
    for (const device of this.options.actors.values()) if (!device.usesForeignAppium) device.serverLost()
  }

  /** Cancels what takes long: openings of sessions, discoveries, health checks. */
  interrupt(): void {
    this.#stopping.abort()
    for (const discovery of this.#discoveries) discovery.stop()
  }

  /** @throws AggregateError with the errors of the devices that could not be closed; the others are closed */
  async close(): Promise<void> {
    this.interrupt()
    const outcomes = await Promise.allSettled([...this.options.actors.values()].map(async device => device.close()))
    const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    if (errors.length > 0) throw new AggregateError(errors, errors.map(errorMessage).join('; '))
  }

  async #prepareEntry(entry: DeviceEntry): Promise<void> {
    const { config, env, actors, farm, healthCheckIntervalMs: retryAfterMs } = this.options
    const { discovery } = this.#driverOf(entry)
    if (discovery?.isGroup(entry)) {
      const found = async (device: DeviceEntry): Promise<void> => this.#adopt(device)
      this.#discoveries.push(await discovery.start(entry, { env, entries: config.devices, found, retryAfterMs }))
      return
    }
    const device = await this.#prepareDevice(entry)
    actors.set(entry.name, device)
    await farm.register(device.hostDevice)
  }

  /** Adds a discovered device. If it is unavailable, that is reported once, and the host continues. */
  async #adopt(entry: DeviceEntry): Promise<void> {
    const { actors, farm, report } = this.options
    let device: DeviceActor | undefined
    try {
      device = await this.#prepareDevice(entry)
      this.#stopping.signal.throwIfAborted()
      actors.set(entry.name, device)
      await farm.register(device.hostDevice)
      this.#refused.delete(entry.name)
    } catch (error) {
      actors.delete(entry.name)
      await device?.close().catch(report)
      if (!this.#stopping.signal.aborted && !this.#refused.has(entry.name)) report(error)
      this.#refused.add(entry.name)
      throw error
    }
  }

  async #prepareDevice(entry: DeviceEntry): Promise<DeviceActor> {
    const { config, hostName, env, workDir, gateway, appium, healthCheckIntervalMs } = this.options
    return DeviceActor.prepare({
      entry,
      driver: this.#driverOf(entry),
      workDir,
      hostName,
      env,
      gateway,
      appium: async () => {
        if (!appium) throw new Error('this host has no Appium')
        return appium.url()
      },
      hostPorts: async () => hostPorts(this.options),
      stop: this.#stopping.signal,
      startLimiter: this.#startLimiter,
      farm: this.#deviceFarm,
      healthCheckIntervalMs,
      expectsServers: Object.keys(config.servers).length > 0,
    })
  }

  /** What devices report to the farm. */
  get #deviceFarm(): DeviceFarm {
    const { farm, mask, report } = this.options
    return {
      reportOffline: (device, reason) => void farm.setState(device, 'offline', mask(reason)).catch(report),
      requestCheck(device, reason) {
        const requested = farm.isRegistered(device)
          ? farm.setState(device.name, 'checking', mask(reason))
          : farm.register(device)
        void requested.catch(report)
      },
    }
  }

  #driverOf(entry: DeviceEntry): Driver {
    const driver = this.options.drivers.find(({ name }) => name === entry.driver)
    if (!driver) throw new BatonError('BATON_INTERNAL', `no driver '${entry.driver}'`, { device: entry.name })
    return driver
  }
}

/** Drivers know what is wrong, but not for which entry of which file. */
function locateAtDevice(
  { code, message, hint, cause }: BatonError,
  device: string,
  { places }: FarmConfig,
): BatonError {
  const place = places[device]
  return new BatonError(code, `device '${device}': ${message}`, {
    device,
    cause,
    ...(place && { place }),
    ...(hint !== undefined && { hint }),
  })
}
