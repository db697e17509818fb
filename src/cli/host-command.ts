import { hostname } from 'node:os'
import { defaults } from '../device/defaults.js'
import type { HostPort } from '../device/host-port.js'
import { parseDeviceLabels } from '../device/on-labels.js'
import { hostNameProblem } from '../device/label.js'
import { passwordsIn } from '../device/redis-url.js'
import { startHostAppium } from '../host/appium/host-appium.js'
import { makeCertificate, readTlsFiles, type GatewayTls } from '../host/gateway/gateway-certificate.js'
import { BatonError, redisError } from '../error/baton-error.js'
import { exitCodeFor, formatError } from '../error/format-error.js'
import { diskError } from '../error/write-error.js'
import { errorMessage } from '../error/error-text.js'
import { makeOwnedDirectory } from '../process/owned-directory.js'
import type { HostLog, LogFormat, LogLevel } from '../host/log-level.js'
import type { MetricsOptions } from '../host/metrics/watch-host.js'
import { hostReadyLine } from '../run/private-farm.js'
import { drivers } from './drivers.js'
import { openHostLog } from './host-log.js'
import { HostShutdown } from './host-shutdown.js'
import { readFarmFile } from './read-farm-file.js'
import { sendHostSpans } from './telemetry.js'
import { ServiceManager } from './service-manager.js'

export interface HostFlags {
  redis: string
  devices: string
  name?: string
  /** Milliseconds. */
  leaseTtl?: number
  advertise?: HostPort
  gatewayPort?: number
  /** Milliseconds. */
  drainTimeout?: number
  /** Milliseconds; Infinity: never. */
  giveUpAfter?: number
  /** The gateway serves TLS, with a certificate that is made at the start. */
  tls?: boolean
  tlsCert?: string
  tlsKey?: string
  tlsCa?: string
  /** For every device of the host, as the user wrote them. */
  labels?: string
  metricsPort?: number
  metricsAddress?: string
  /** Milliseconds. */
  healthCheckInterval?: number
  logFormat?: LogFormat
  logLevel?: LogLevel
  /** The old name of `healthCheckInterval`; removed with the next minor version. */
  lookEvery?: number
  /** Of `baton replay --headed`: browsers are shown, whatever devices.json has. */
  headed?: boolean
}

const exitDeadlineMs = 3_000

/** `baton host`: serves until it is stopped, or until a newer process takes over its name. */
export async function hostCommand(flags: HostFlags): Promise<number> {
  const { logFormat: format = 'text', logLevel: level = 'info' } = flags
  const log = await openHostLog({ format, level, host: flags.name ?? hostname() })
  if (format === 'text') return serve(flags, log)
  try {
    return await serve(flags, log)
  } catch (thrown) {
    const error = diskError(redisError(thrown))
    log(formatError(error), 'error')
    return exitCodeFor(error)
  }
}

async function serve(flags: HostFlags, log: HostLog): Promise<number> {
  const file = await readFarmFile(flags.devices)
  const labels = flags.labels === undefined ? [] : parseDeviceLabels(flags.labels)
  const config = {
    ...file,
    devices: file.devices.map(device => ({
      ...device,
      labels: [...new Set([...device.labels, ...labels])],
      ...(flags.headed && device.driver === 'chromium' && { own: { ...device.own, headless: false } }),
    })),
    secrets: [...file.secrets, ...passwordsIn(flags.redis)],
  }
  const tls = tlsOf(flags)
  const name = flags.name ?? machineName()
  if (flags.lookEvery !== undefined) log('--look-every is now called --health-check-interval: rename it', 'warn')
  const service = new ServiceManager(process.env, log)
  const shutdown = new HostShutdown(flags.drainTimeout ?? defaults.drainTimeoutMs, log, () => service.stopping())
  const stopTelemetry = await sendHostSpans(problem => log(problem, 'warn'))
  const folder = await makeOwnedDirectory('host')
  try {
    const parts = { config, drivers, env: process.env, workDir: folder.path }
    const appium = await startHostAppium(parts)
    // Loaded while Appium starts, which takes longest.
    const { startHost } = await import('../host/host.js')
    const host = await startHost({
      ...parts,
      leaseTtlMs: flags.leaseTtl,
      healthCheckIntervalMs: flags.healthCheckInterval ?? flags.lookEvery,
      appium,
      redisUrl: flags.redis,
      name,
      advertise: flags.advertise,
      gatewayPort: flags.gatewayPort,
      tls,
      metrics: metricsOptions(flags),
      giveUpAfterMs: giveUpAfterMs(flags, service.isThere),
      signal: shutdown.signal,
      log,
    })
    if (flags.logFormat === 'json') log('ready')
    else process.stdout.write(`${hostReadyLine}\n`)
    service.ready()
    const exitCode = await shutdown.waitFor(host, name)
    await host.stop()
    return exitCode
  } catch (error) {
    if (!shutdown.signal.aborted) throw error
    log('stopped while it was starting')
    return 0
  } finally {
    service.close()
    await stopTelemetry()
    await folder
      .remove()
      .catch((error: unknown) => log(`could not remove ${folder.path}: ${errorMessage(error)}`, 'warn'))
    // What could not be closed must not keep the process alive.
    setTimeout(() => process.exit(), exitDeadlineMs).unref()
  }
}

/** @throws BatonError BATON_USAGE if an option is missing, or a file is not what it should be */
function tlsOf({ tls, tlsCert: cert, tlsKey: key, tlsCa: ca }: HostFlags): GatewayTls | undefined {
  if (cert !== undefined && key !== undefined) return readTlsFiles({ cert, key, ca })
  if (cert === undefined && key === undefined && ca === undefined) return tls ? makeCertificate() : undefined
  const hint = 'pass both, or --tls alone for a certificate that the host makes itself'
  throw new BatonError('BATON_USAGE', 'TLS needs a certificate and its key: --tls-cert FILE --tls-key FILE', { hint })
}

/** Without the option, a service manager decides: it starts the host again, and stops it. */
function giveUpAfterMs({ giveUpAfter }: HostFlags, isService: boolean): { start: number; later: number } {
  return {
    start: giveUpAfter ?? (isService ? Infinity : defaults.giveUpAfterMs),
    later: giveUpAfter ?? Infinity,
  }
}

/** @throws BatonError BATON_USAGE if the machine's name is not a valid host name */
function machineName(): string {
  const name = hostname()
  const problem = hostNameProblem(name)
  if (problem === undefined) return name
  throw new BatonError('BATON_USAGE', `this machine is called ${JSON.stringify(name)}: ${problem}.`, {
    hint: 'name the host: --name NAME.',
  })
}

/** They tell what the farm does to anybody who asks, so they are for this machine unless the user wants otherwise. */
function metricsOptions({ metricsPort, metricsAddress }: HostFlags): MetricsOptions | undefined {
  if (metricsPort === undefined) {
    if (metricsAddress === undefined) return undefined
    throw new BatonError('BATON_USAGE', '--metrics-address needs --metrics-port.')
  }
  return { port: metricsPort, address: metricsAddress ?? '127.0.0.1' }
}
