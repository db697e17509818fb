import path from 'node:path'
import type { FarmConfig } from '../device/farm-config.js'
import type { HostPort } from '../device/host-port.js'
import type { Driver } from '../device/driver/driver.js'
import { allSettledOrThrow, BatonError } from '../error/baton-error.js'
import { publishActivity } from '../event/host-activity.js'
import { maskError } from '../error/mask-error.js'
import { createMasker, maskDeep } from '../event/masker.js'
import { AllocationLoop } from './allocation/allocation-loop.js'
import { HostConfirmation } from './allocation/host-confirmation.js'
import type { AllocationLoopOptions } from './allocation/allocation-options.js'
import { AppCache } from './app-cache.js'
import type { AppiumSupervisor } from './appium/appium-supervisor.js'
import { closeUpstreamConnections } from './appium/appium-upstream.js'
import { AttemptRunner } from './attempt/attempt-runner.js'
import { BundleCache } from './bundle-cache.js'
import { ClosingSteps } from './closing-steps.js'
import { ArtifactCollector } from './device/artifact-collector.js'
import type { DeviceActor } from './device/device-actor.js'
import { LeasedDevices, sessionFaults } from './device/leased-devices.js'
import { connectHost, type HostConnection } from './host-connection.js'
import { FaultLog, type GatewayFault } from './gateway/gateway-fault.js'
import type { GatewayTls } from './gateway/gateway-certificate.js'
import { GatewayTunnels } from './gateway/gateway-tunnels.js'
import { Gateway, type GatewayOptions } from './gateway/gateway.js'
import { watchHost, type MetricsOptions } from './metrics/watch-host.js'
import { HostDevices } from './host-devices.js'
import { unlessAborted } from '../process/deadline.js'
import { packageVersion } from '../process/package-root.js'
import type { HostLog } from './log-level.js'
import { RedisOutage } from './redis-outage.js'
import { reportRarely } from './report-rarely.js'
import { machineIdentity } from './machine-identity.js'
import { machineEnvironment } from './worker/machine-environment.js'
import { WorkerPools } from './worker/worker-pools.js'

export interface HostOptions {
  redisUrl: string
  /** Unique on the farm; a newer process of that name replaces this one. */
  name: string
  config: FarmConfig
  drivers: readonly Driver[]
  /** For all devices without an Appium server of their own; stopped with the host. */
  appium: AppiumSupervisor | undefined
  /** Folder for what the host writes. */
  workDir: string
  /** Environment of the host, for drivers and Appium. */
  env: Readonly<Record<string, string | undefined>>
  /** Where other hosts reach its gateway; it wins over the configuration's. */
  advertise?: HostPort | undefined
  /** Where its gateway listens; it wins over the configuration's. */
  gatewayPort?: number | undefined
  /** Its gateway serves TLS; absent: plain HTTP. */
  tls?: GatewayTls | undefined
  /** Milliseconds that a silent host keeps its leases and devices; default 10,000. */
  leaseTtlMs?: number | undefined
  /** Milliseconds between health checks of an idle device; default 30,000. */
  healthCheckIntervalMs?: number | undefined
  /** Where to serve metrics and health checks; absent: nowhere. */
  metrics?: MetricsOptions | undefined
  /** Milliseconds to wait for Redis: at the start (default 0, at once), and if it goes away later (default Infinity, never). */
  giveUpAfterMs?: { start: number; later: number } | undefined
  /** Aborted to give up the start. */
  signal: AbortSignal
  /** Called with a line about the host itself, not about any module. */
  log: HostLog
}

/** A host that has joined its farm. */
export interface Host {
  /** Resolves if a newer process serves under the host's name. */
  readonly replaced: Promise<void>
  /** Resolves if somebody asks the host to drain and stop. */
  readonly drainRequested: Promise<void>
  /** Resolves if Redis stays away for longer than the host waits for it. */
  readonly redisLost: Promise<void>
  /** Modules that it runs now. */
  readonly inFlight: number
  /** Takes no new modules. @returns when its own, and those of other hosts on its devices, have ended */
  drain(): Promise<void>
  /** Leaves the farm: running modules are stopped and requeued, sessions closed. Never rejects. */
  stop(): Promise<void>
}

/**
 * Serves the devices of a configuration to a farm.
 * @throws BatonError or BatonErrors if a device, a tool or Redis is unavailable, or if a live host has one of the devices;
 *   what was started before is closed by then
 * @throws the signal's reason if it aborts before the host has joined; closed, too
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const closing = new ClosingSteps(options.log)
  closing.add('Appium', () => options.appium?.stop())
  try {
    return await joinFarm(options, closing)
  } catch (error) {
    await closing.close()
    throw error
  }
}

/** The composition root: every part is complete before another one gets it. */
async function joinFarm(options: HostOptions, closing: ClosingSteps): Promise<Host> {
  const { signal } = options
  const { start: giveUpAfterMs = 0, later = Infinity } = options.giveUpAfterMs ?? {}
  const farm = await unlessAborted(connectHost(options.redisUrl, { ...options, giveUpAfterMs }), signal)
  closing.add('Redis', () => farm.close())
  for (const warning of farm.warnings) options.log(warning, 'warn')
  closing.add('connections to Appium', closeUpstreamConnections)

  const parts = hostParts(options, farm)
  const gateway = await Gateway.start(gatewayOptions(options, farm, parts))
  closing.add('the gateway', () => gateway.close())
  await unlessAborted(gateway.checkAdvertisedAddress(), signal)

  const tunnels = new GatewayTunnels(options.tls?.ca)
  closing.add('connections to other hosts', () => tunnels.close())
  const pools: WorkerPools = new WorkerPools(() => loop.devices.byName.size)
  closing.add('the workers', () => pools.close())
  const { promise: replaced, resolve: onReplaced } = deferred()
  const { promise: drainRequested, resolve: onDrain } = deferred()
  const { promise: redisLost, resolve: onGiveUp } = deferred()
  const loop = new AllocationLoop({
    ...loopOptions(options, farm, parts),
    gatewayUrl: gateway.url,
    location: { machine: await machineIdentity(), isLocalOnly: gateway.isLocalOnly },
    runAttempt: attemptRunner(options, farm, { ...parts, gateway, pools, tunnels }).run,
    onLeasesLost: () => gateway.revokeAll(),
    onReplaced,
    onDrain,
  })
  await serveMetrics(options, { farm, loop, closing })
  const devices = new HostDevices({ ...options, ...parts, hostName: options.name, gateway, farm: loop.devices })
  closing.add('the devices', () => devices.close())
  await unlessAborted(allSettledOrThrow([devices.prepare(), startAppium(options, devices)]), signal)

  pools.warmUp()
  const outage = new RedisOutage(farm.registry.scripts.redis, {
    giveUpAfterMs: later,
    log: line => options.log(line, 'warn'),
    onGiveUp,
  })
  closing.add('the watch on Redis', () => outage.close())
  await loop.start()
  closing.add('the allocation', async () => {
    devices.interrupt()
    // What it disconnects is not lost.
    outage.close()
    await loop.stop('abort')
  })
  return {
    replaced,
    drainRequested,
    redisLost,
    get inFlight() {
      return loop.inFlight
    },
    drain: async () => loop.drain(),
    stop: async () => closing.close(),
  }
}

async function serveMetrics(
  { name, appium, metrics, log }: HostOptions,
  { farm: { registry }, loop, closing }: { farm: HostConnection; loop: AllocationLoop; closing: ClosingSteps },
): Promise<void> {
  if (!metrics) return
  const watched = {
    hostName: name,
    listDevices: async () => registry.listDevices(),
    queueDepths: async () => registry.queueDepths(),
    redis: registry.scripts.redis,
    isServing: () => loop.isServing,
    hasAppium: () => appium && appium.pid !== undefined,
  }
  const { url, stop } = await watchHost(watched, metrics)
  closing.add('the metrics', stop)
  log(`metrics and health checks: ${url}/metrics, /healthz, /readyz`)
}

async function startAppium({ appium, log }: HostOptions, devices: HostDevices): Promise<void> {
  if (!appium) return
  appium.onEnded = reason => {
    log(reason, 'warn')
    publishActivity('recovered', { kind: 'appium' })
    devices.appiumEnded()
  }
  await appium.started
}

/** What needs nothing but the farm. */
interface HostParts {
  actors: Map<string, DeviceActor>
  faults: FaultLog
  confirmation: HostConfirmation
  collector: ArtifactCollector
  apps: AppCache
  mask: (text: string) => string
  /** Logs an error that ends nothing. */
  report: (error: unknown) => void
}

function hostParts({ config, workDir, log }: HostOptions, { runs }: HostConnection): HostParts {
  const mask = createMasker(config.secrets)
  return {
    actors: new Map(),
    faults: new FaultLog(),
    confirmation: new HostConfirmation(),
    collector: new ArtifactCollector(runs.files, mask),
    apps: new AppCache(hash => runs.files.loadBundle(hash), workDir),
    mask,
    report: reportRarely(line => log(line, 'error')),
  }
}

function loopOptions(
  { name, leaseTtlMs }: HostOptions,
  { connections, secret, runs }: HostConnection,
  { actors, confirmation, mask, report }: HostParts,
): Omit<AllocationLoopOptions, 'gatewayUrl' | 'runAttempt' | 'onReplaced' | 'onDrain'> {
  return {
    redis: connections,
    prefix: runs.scripts.prefix,
    host: name,
    farmSecret: secret,
    confirmation,
    version: packageVersion(),
    devices: [], // each is registered when it is ready
    check: checkOf(actors, mask),
    ...(leaseTtlMs !== undefined && { ttlMs: leaseTtlMs }),
    onError: report,
  }
}

function gatewayOptions(
  { config, tls, advertise = config.gateway.advertise, gatewayPort = config.gateway.port }: HostOptions,
  { secret, registry, networkAddress }: HostConnection,
  { actors, faults, confirmation, collector, apps, mask }: HostParts,
): GatewayOptions {
  const faultsOf = async (lease: string): Promise<GatewayFault[]> => sessionFaults(faults, lease, actors)
  return {
    ...config.gateway,
    port: gatewayPort,
    tls,
    advertise,
    networkAddress,
    farmSecret: () => secret.current,
    faults,
    verifyLease: (device, lease) => registry.holds(device, lease),
    isConfirmed: () => confirmation.isCurrent,
    controlMessages: (device, client) => actors.get(device)?.network.control(client),
    downloadsOf: device => actors.get(device)?.downloads,
    renewSession: async (device, wanted) => actors.get(device)?.renewSession(wanted),
    mask,
    control: LeasedDevices.controlsFor(actors, faultsOf, collector, mask, apps),
  }
}

interface AttemptParts extends HostParts {
  gateway: Gateway
  pools: WorkerPools
  tunnels: GatewayTunnels
}

function attemptRunner(
  { name, env, workDir, drivers }: HostOptions,
  { runs, secret }: HostConnection,
  { actors, collector, apps, mask, gateway, pools, tunnels }: AttemptParts,
): AttemptRunner {
  return new AttemptRunner({
    hostName: name,
    runs,
    devices: new LeasedDevices(name, actors, gateway, () => secret.current, tunnels, collector, apps),
    bundles: new BundleCache(hash => runs.files.loadBundle(hash), workDir),
    workDirectory: path.join(workDir, 'attempts'),
    pools,
    machineEnv: machineEnvironment(env),
    drivers,
    mask: value => maskDeep(value, mask),
  })
}

/** Reasons are for the whole farm to see: secrets of this host are hidden in them. */
function checkOf(actors: ReadonlyMap<string, DeviceActor>, mask: HostParts['mask']): AllocationLoopOptions['check'] {
  return async asked => {
    try {
      const device = actors.get(asked.device)
      if (!device) throw new BatonError('BATON_INTERNAL', `this host has no device ${asked.device}`)
      return maskDeep(await device.check(asked), mask)
    } catch (error) {
      throw maskError(error, mask)
    }
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>(settle => (resolve = settle))
  return { promise, resolve }
}
