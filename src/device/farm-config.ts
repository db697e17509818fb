import { dirname, isAbsolute, join } from 'node:path'
import { BatonErrors, type BatonError, type SourceLocation } from '../error/baton-error.js'
import { createMasker } from '../event/masker.js'
import { defaults } from './defaults.js'
import { deviceErrors } from './device-errors.js'
import type { DeviceEntry, WebdriverOptions } from './device-entry.js'
import type { Driver } from './driver/driver.js'
import { farmSchema, type FarmKeys } from './farm-schema.js'
import { parseHostPort, type HostPort } from './host-port.js'
import { parseJsonDocument, type JsonDocument } from './json-document.js'
import { isObject, valueOfDocument } from './json-value.js'
import { readDevice, type DeviceContext, type ReadDevice } from './read-device.js'
import { ReferenceReader } from './reference-reader.js'
import { environmentOf, labelsOfOn, type ModuleVariables } from './schema-parts.js'
import { schemaErrors } from './schema-errors.js'
import { webdriverOptionsOf } from './webdriver-options.js'

/** A server that is started once for each run, on a free port, and stopped with it, unless a warm farm keeps it. */
export interface ServerEntry {
  /** Command line for a shell; PORT in its environment is the port to listen on. */
  command: string
  /** A path, beginning with `/`, that answers when it is ready; or text that it prints then. */
  ready: string
  cwd: string
  env: Record<string, string>
  timeoutMs: number
  /** The path that puts it into its first state, by POST, between the iterations of `baton explore`. */
  reset?: string
  /** It stays with a warm farm, instead of ending with its run. */
  keep?: boolean
}

/** devices.json, parsed, completed and checked. Paths in it are relative to what `file` is relative to. */
export interface FarmConfig {
  file: string
  /** Never empty. */
  devices: DeviceEntry[]
  /** device name → the place of its entry. */
  places: Record<string, SourceLocation>
  redis?: string
  /** The options for all devices; each entry of `devices` has them merged in. */
  webdriver: WebdriverOptions
  /** Files that are bundled into every module. */
  setup: string[]
  /** Environment variables of modules, in addition to PATH and the like. */
  env: ModuleVariables
  servers: Record<string, ServerEntry>
  /** Labels that narrow every role with a selector by label; empty: none. */
  on: string[]
  /**
   * Port 0 means any free port. Without `host`, its address is chosen by the route to Redis. `advertise` is the address for
   * other hosts, by default the one that it listens on.
   */
  gateway: { host?: string; port: number; advertise?: HostPort }
  /** Milliseconds; absent: the command line's default. */
  timeouts: { test?: number; module?: number; wait?: number }
  /** Values that came from `${env:…}` and must be masked wherever text is shown. */
  secrets: string[]
}

export interface FarmConfigSource {
  text: string
  /** As the user wrote it; errors name it. */
  file: string
  drivers: readonly Driver[]
  env: Readonly<Record<string, string | undefined>>
}

/**
 * Reads the text of a devices.json.
 * @throws BatonErrors with every error that was found, in the order of the file: BATON_CONFIG_INVALID, BATON_ENV_MISSING
 */
export function parseFarmConfig(source: FarmConfigSource): FarmConfig {
  const document = openDocument(source)
  const references = new ReferenceReader(document, source.env)
  const { value, errors } = valueOfDocument(document, references.visit)
  const scope = { document, unresolved: references.unresolved, mask: createMasker(references.secrets) }
  const devices = readDevices(value, source, scope)
  const farm = farmSchema.safeParse(value)
  errors.push(...references.errors(serverNames(value)))
  if (!farm.success) {
    errors.push(...schemaErrors(farm.error, { ...scope, schema: farmSchema, base: [], otherKeys: [] }))
  }
  errors.push(...devices.flatMap(device => device.errors), ...deviceErrors(devices, document))
  if (errors.length > 0 || !farm.success) throw new BatonErrors(inFileOrder(errors))
  return completeFarm(source.file, farm.data, devices, references.secrets)
}

function openDocument({ text, file }: FarmConfigSource): JsonDocument {
  try {
    return parseJsonDocument(text, file)
  } catch (error) {
    throw new BatonErrors([error as BatonError])
  }
}

function readDevices(
  value: unknown,
  { drivers }: FarmConfigSource,
  scope: Pick<DeviceContext, 'document' | 'unresolved' | 'mask'>,
): ReadDevice[] {
  if (!isObject(value) || !Array.isArray(value['devices'])) return []
  const context = { ...scope, drivers, defaults: value }
  return value['devices'].map((device: unknown, index) => readDevice(device, index, context))
}

function serverNames(value: unknown): string[] {
  const servers = isObject(value) ? value['servers'] : undefined
  return isObject(servers) ? Object.keys(servers) : []
}

function inFileOrder(errors: BatonError[]): BatonError[] {
  const line = (problem: BatonError): number => problem.place?.line ?? 0
  const column = (problem: BatonError): number => problem.place?.column ?? 0
  return errors.toSorted((a, b) => line(a) - line(b) || column(a) - column(b))
}

function completeFarm(file: string, farm: FarmKeys, devices: readonly ReadDevice[], secrets: string[]): FarmConfig {
  const folder = dirname(file)
  const entries = devices.flatMap(device => (device.entry ? [{ entry: device.entry, place: device.place }] : []))
  const { test, module, wait } = farm.timeouts ?? {}
  return {
    file,
    devices: entries.map(({ entry }) => entry),
    places: Object.fromEntries(entries.map(({ entry, place }) => [entry.name, place])),
    ...(farm.redis !== undefined && { redis: farm.redis }),
    webdriver: webdriverOptionsOf(farm),
    setup: (farm.setup ?? []).map(path => inFolder(folder, path)),
    env: environmentOf(farm.env),
    servers: Object.fromEntries(
      Object.entries(farm.servers ?? {}).map(([name, keys]) => [name, serverEntry(keys, folder)]),
    ),
    on: labelsOfOn(farm.on),
    gateway: gatewayConfig(farm.gateway),
    timeouts: {
      ...(test !== undefined && { test }),
      ...(module !== undefined && { module }),
      ...(wait !== undefined && { wait }),
    },
    secrets,
  }
}

function gatewayConfig({ host, port = 0, advertise }: FarmKeys['gateway'] = {}): FarmConfig['gateway'] {
  const parsed = advertise === undefined ? undefined : parseHostPort(advertise)
  return { ...(host !== undefined && { host }), port, ...(parsed && !('problem' in parsed) && { advertise: parsed }) }
}

function inFolder(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path)
}

function serverEntry(keys: NonNullable<FarmKeys['servers']>[string], folder: string): ServerEntry {
  const { command, ready, cwd = '.', env = {}, timeout = defaults.serverTimeoutMs, reset, keep } = keys
  const entry = { command, ready, cwd: inFolder(folder, cwd), env, timeoutMs: timeout }
  return { ...entry, ...(reset !== undefined && { reset }), ...(keep !== undefined && { keep }) }
}
