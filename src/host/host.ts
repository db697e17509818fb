import { availableParallelism } from 'node:os'
import type { Redis } from 'ioredis'
import pLimit from 'p-limit'
import type { HostPort } from '../device/host-port.js'
import type { FarmConfig } from '../device/farm-config.js'
import type { DeviceEntry } from '../device/device-entry.js'
import type { Discovery } from '../device/driver/discovery-capability.js'
import type { Driver } from '../device/driver/driver.js'
import { unavailableDriverFaults } from '../device/unavailable-devices.js'
import { BatonError, BatonErrors, sortByLocation } from '../error/baton-error.js'
import { maskError } from '../error/mask-error.js'
import { createMasker, maskDeep } from '../event/masker.js'
import { claimProtocol } from '../lease/check-protocol.js'
import { FarmSecret } from '../lease/farm-secret.js'
import { LeaseScripts } from '../lease/lease-scripts.js'
import { closeRedis, connectRedis, openRedis } from '../lease/open-redis.js'
import { Registry } from '../lease/registry.js'
import { RunLeases } from '../lease/run-leases.js'
import { AllocationLoop } from './allocation/allocation-loop.js'
import { closeUpstreamConnections } from './appium/appium-upstream.js'
import { AppCache } from './app-cache.js'
import type { AppiumSupervisor } from './appium/appium-supervisor.js'
import { BundleCache } from './bundle-cache.js'
import { DeviceActor, type DeviceFarm } from './device/device-actor.js'
import { LeasedDevices, sessionFaults } from './device/leased-devices.js'
import { AttemptRunner } from './attempt/attempt-runner.js'
import { ArtifactCollector } from './device/artifact-collector.js'
import { Gateway } from './gateway/gateway.js'
import type { StartLimiter } from './device/session/device-session.js'
import { machineEnvironment } from './worker/machine-environment.js'
import { machineIdentity } from './machine-identity.js'
import { WorkerPools } from './worker/worker-pools.js'

export interface HostOptions {
  redisUrl: string
  /** Unique on the farm; a newer process of that name replaces this one. */
  name: string
  config: FarmConfig
  drivers: readonly Driver[]
  /** Of all devices without a server of their own; stopped with the host. */
  appium: AppiumSupervisor | undefined
  /** Folder for what the host writes. */
  workDir: string
  /** Environment of the host, for drivers and Appium. */
  env: Readonly<Record<string, string | undefined>>
  /** Where other hosts reach its gateway; it wins over the configuration's. */
  advertise?: HostPort | undefined
  /** Milliseconds that a host which fell silent keeps what it holds; default 10,000. */
  leaseTtlMs?: number | undefined
  /** Milliseconds between two looks at a device that no module has; default 30,000. */
  healthCheckIntervalMs?: number | undefined
  /** One line about what the host does or what went wrong beside any module. */
  log: (line: string) => void
}

/** A host that has joined its farm. */
export interface Host {
  /** Resolves where a newer process serves the host's name. */
  readonly replaced: Promise<void>
  /** Leaves the farm: modules in flight are stopped and given back, sessions closed. */
  stop(): Promise<void>
}

/**
 * Serves the devices of a configuration to a farm.
 * @throws BatonError or BatonErrors where a device, a tool or Redis is not there, or a live host has one of the devices
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const { config, name, redisUrl, log, appium, workDir } = options
  const closing: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (let step = closing.pop(); step; step = closing.pop()) await step()
  }
  closing.push(() => appium?.stop())
  try {
    const redis = openRedis(redisUrl)
    await connectRedis(redis, redisUrl)
    closing.push(() => closeRedis(redis), closeUpstreamConnections)
    const scripts = new LeaseScripts(redis)
    await claimProtocol(scripts)
    const secret = new FarmSecret()
    const registry = new Registry(scripts)

    const mask = createMasker(config.secrets)
    const runs = new RunLeases(scripts)
    const evidence = new ArtifactCollector(runs, mask)
    const own = new Map<string, DeviceActor>()
    const apps = new AppCache(hash => runs.loadBundle(hash), workDir)
    const gateway: Gateway = await Gateway.start({
      ...config.gateway,
      ...(options.advertise && { advertise: options.advertise }),
      farmSecret: () => secret.current,
      verifyLease: (device, lease) => registry.holds(device, lease),
      control: LeasedDevices.controlsFor(own, lease => sessionFaults(gateway, lease, own), evidence, mask, apps),
    })
    closing.push(() => gateway.close())
    await gateway.checkAdvertisedAddress()

    const stopping = new AbortController()
    let loop: AllocationLoop | undefined
    const report = (error: unknown): void => log(error instanceof BatonError ? error.format() : String(error))
    const farm: DeviceFarm = {
      reportOffline: (device, reason) => void loop?.setDeviceState(device, 'offline', mask(reason)).catch(report),
      requestCheck(device, reason) {
        const requested = loop?.isRegistered(device)
          ? loop.setDeviceState(device.name, 'checking', mask(reason))
          : loop?.registerDevice(device)
        void requested?.catch(report)
      },
    }
    if (appium) {
      appium.onDown = reason => {
        log(reason)
        for (const device of own.values()) {
          if (!device.usesForeignAppium) device.serverLost()
        }
      }
    }
    const discoveries: Discovery[] = []
    closing.push(async () => {
      stopping.abort()
      for (const discovery of discoveries) discovery.stop()
      await Promise.all([...own.values()].map(device => device.close()))
    })
    const parts = {
      gateway,
      farm,
      stop: stopping.signal,
      loop: () => loop,
      report,
      discoveries,
      refused: new Set<string>(),
      takeTurn: pLimit(availableParallelism()),
    }
    await allSettledOrThrow([prepareDevices({ ...options, ...parts }, own), appium?.started ?? Promise.resolve()])

    const pools = new WorkerPools()
    closing.push(() => pools.close())
    const runner = new AttemptRunner({
      hostName: name,
      runs,
      devices: new LeasedDevices(name, own, gateway, () => secret.current, evidence, apps),
      bundles: new BundleCache(hash => runs.loadBundle(hash), workDir),
      pools,
      machineEnv: machineEnvironment(options.env),
      drivers: options.drivers,
      mask: value => maskDeep(value, mask),
    })
    let sayReplaced = (): void => {}
    const replaced = new Promise<void>(resolve => (sayReplaced = resolve))
    loop = new AllocationLoop({
      redis: connections(redis, redisUrl),
      host: name,
      gatewayUrl: gateway.url,
      farmSecret: secret,
      location: { machine: await machineIdentity(), isLocalOnly: gateway.isLocalOnly },
      devices: [...own.values()].map(device => device.hostDevice),
      runAttempt: runner.run,
      // the reason is for the whole farm to see
      check: asked =>
        deviceNamed(own, asked.device)
          .check(asked)
          .then(
            verdict => maskDeep(verdict, mask),
            (error: unknown) => Promise.reject(maskError(error, mask)),
          ),
      ...(options.leaseTtlMs !== undefined && { ttlMs: options.leaseTtlMs }),
      onReplaced: sayReplaced,
      onError: report,
    })
    await loop.start()
    closing.push(async () => {
      stopping.abort()
      await loop?.stop('abort')
    })
    return { replaced, stop: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The allocation asks for two connections: the one that everything else of the host uses, and one that blocks. */
function connections(first: Redis, url: string): () => Redis {
  let given = false
  return () => {
    if (given) return openRedis(url)
    given = true
    return first
  }
}

interface DevicePreparation extends HostOptions {
  gateway: Gateway
  farm: DeviceFarm
  stop: AbortSignal
  takeTurn: StartLimiter
  /** Undefined until the host has joined. */
  loop: () => AllocationLoop | undefined
  report: (error: unknown) => void
  /** What looks for more devices. */
  discoveries: Discovery[]
  /** Devices that were found and can't be had now. */
  refused: Set<string>
}

/** All faults at once: nobody should mend a farm one start at a time. */
async function prepareDevices(preparation: DevicePreparation, own: Map<string, DeviceActor>): Promise<void> {
  const { config, drivers, env, discoveries } = preparation
  const faults = unavailableDriverFaults(config, drivers)
  if (faults.length > 0) throw new BatonErrors(faults)
  await allSettledOrThrow(
    config.devices.map(async entry => {
      try {
        const found = (device: DeviceEntry): Promise<void> => adoptDevice(device, preparation, own)
        const context = { env, entries: config.devices, found, retryAfterMs: preparation.healthCheckIntervalMs }
        const { discovery } = driverOf(entry, drivers)
        if (discovery?.isGroup(entry)) discoveries.push(await discovery.start(entry, context))
        else own.set(entry.name, await prepareDevice(entry, preparation))
      } catch (error) {
        if (!(error instanceof BatonError)) throw error
        faults.push(locateAtDevice(error, entry.name, config))
      }
    }),
  )
  if (faults.length > 0) throw new BatonErrors(sortByLocation(faults))
}

/** Throws what one has thrown once all have come to their end: what the others made meanwhile is known then, and let go of. */
async function allSettledOrThrow(works: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) if (outcome.status === 'rejected') throw outcome.reason
}

/** One that was found; that it can't be had, because another farm has it, is no fault of this one, and said once. */
async function adoptDevice(
  entry: DeviceEntry,
  preparation: DevicePreparation,
  own: Map<string, DeviceActor>,
): Promise<void> {
  const { refused, report, stop } = preparation
  let device: DeviceActor | undefined
  try {
    device = await prepareDevice(entry, preparation)
    stop.throwIfAborted()
    own.set(entry.name, device)
    await preparation.loop()?.registerDevice(device.hostDevice)
    refused.delete(entry.name)
  } catch (error) {
    own.delete(entry.name)
    await device?.close()
    if (!stop.aborted && !refused.has(entry.name)) report(error)
    refused.add(entry.name)
    throw error
  }
}

async function prepareDevice(entry: DeviceEntry, preparation: DevicePreparation): Promise<DeviceActor> {
  const { drivers, name: hostName, env, workDir, gateway, farm, appium, stop, takeTurn } = preparation
  return DeviceActor.prepare({
    entry,
    driver: driverOf(entry, drivers),
    workDir,
    hostName,
    env,
    gateway,
    farm,
    appium: () => appium?.url() ?? Promise.reject(new Error('this host has no Appium')),
    stop,
    startLimiter: takeTurn,
    healthCheckIntervalMs: preparation.healthCheckIntervalMs,
  })
}

function driverOf(entry: DeviceEntry, drivers: readonly Driver[]): Driver {
  const driver = drivers.find(({ name }) => name === entry.driver)
  if (!driver) throw new BatonError('BATON_INTERNAL', `no driver '${entry.driver}'`, { device: entry.name })
  return driver
}

/** Drivers know what is missing, not for which entry of which file. */
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

function deviceNamed(own: ReadonlyMap<string, DeviceActor>, device: string): DeviceActor {
  const actor = own.get(device)
  if (!actor) throw new BatonError('BATON_INTERNAL', `this host has no device ${device}`)
  return actor
}
