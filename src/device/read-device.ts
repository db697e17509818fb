import type { Node } from 'jsonc-parser'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { didYouMean } from '../error/closest-name.js'
import type { DeviceEntry } from './device-entry.js'
import type { Driver } from './driver/driver.js'
import { deviceSchema, farmSchema, type DeviceKeys } from './farm-schema.js'
import { placeOfNode, sourceOfNode, valueNodeAt, type JsonDocument } from './json-document.js'
import { schemaErrors, subject, type SchemaErrorScope } from './schema-errors.js'
import { webdriverOptionsOf } from './webdriver-options.js'

/** One entry of `devices`, as far as it could be read. */
export interface ReadDevice {
  index: number
  place: SourceLocation
  /** As far as it is known, also for an entry with errors. */
  name?: string
  udid?: string
  driver?: Driver
  /** Absent if the entry has an error. */
  entry?: DeviceEntry
  errors: BatonError[]
}

export interface DeviceContext {
  document: JsonDocument
  drivers: readonly Driver[]
  /** The value of the whole file: its keys at the top apply to all devices. */
  defaults: Record<string, unknown>
  unresolved: ReadonlySet<Node>
  mask: (text: string) => string
}

const commonKeys = Object.keys(deviceSchema.shape)
const defaultsSchema = farmSchema
  .pick({
    capabilities: true,
    appium: true,
    reset: true,
    video: true,
    proxy: true,
    baseUrl: true,
    waitforTimeout: true,
    waitforInterval: true,
    connectionRetryTimeout: true,
    connectionRetryCount: true,
    logLevel: true,
  })
  .strip()

/** Reads one entry: the keys that all devices have by one schema, the rest by its driver's. */
export function readDevice(value: unknown, index: number, context: DeviceContext): ReadDevice {
  const { document, unresolved, mask } = context
  const base = ['devices', index]
  const node = valueNodeAt(document.root, base) ?? document.root
  const read: ReadDevice = { index, place: placeOfNode(document, node), errors: [] }
  const scope = { document, base, unresolved, mask, otherKeys: [] }

  const keys = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined
  if (keys === undefined) {
    const whole = deviceSchema.safeParse(value)
    if (!whole.success) read.errors.push(...schemaErrors(whole.error, { ...scope, schema: deviceSchema }))
    return read
  }
  const { name, udid } = value as Record<string, unknown>
  if (typeof name === 'string') read.name = name
  if (typeof udid === 'string') read.udid = udid
  const common = deviceSchema.safeParse(Object.fromEntries(keys.filter(([key]) => commonKeys.includes(key))))
  if (!common.success) read.errors.push(...schemaErrors(common.error, { ...scope, schema: deviceSchema }))

  const driver = findDriver(read, context)
  if (driver === undefined) return read
  read.driver = driver
  const schema = driver.keys.strict()
  const own = schema.safeParse(Object.fromEntries(keys.filter(([key]) => !commonKeys.includes(key))))
  if (!own.success) {
    const hintForKey = (key: string): string | undefined => ownerHint(key, driver, context.drivers)
    read.errors.push(
      ...schemaErrors(own.error, { ...scope, schema, otherKeys: commonKeys, hintForKey } satisfies SchemaErrorScope),
    )
  }
  if (common.success && own.success) {
    read.entry = completeEntry(common.data, own.data, context.defaults, driver)
  }
  return read
}

/** The driver that the entry names; an unknown name is an error of the entry. */
function findDriver(read: ReadDevice, { document, drivers, unresolved }: DeviceContext): Driver | undefined {
  const path = ['devices', read.index, 'driver']
  const node = valueNodeAt(document.root, path)
  if (node?.type !== 'string' || unresolved.has(node)) return undefined
  const found = drivers.find(driver => driver.name === node.value)
  if (found !== undefined) return found
  const known = drivers.map(driver => driver.name)
  const message = `${subject(document, path)}: no driver is named ${sourceOfNode(document, node)} (known: ${known.join(', ')}).`
  read.errors.push(
    new BatonError('BATON_CONFIG_INVALID', message, {
      place: placeOfNode(document, node),
      ...didYouMean(String(node.value), known),
    }),
  )
  return undefined
}

function ownerHint(key: string, driver: Driver, drivers: readonly Driver[]): string | undefined {
  const owners = drivers.filter(other => other !== driver && Object.hasOwn(other.keys.shape, key))
  if (owners.length === 0) return undefined
  return `'${key}' is a key of driver ${owners.map(owner => `'${owner.name}'`).join(', ')}; this device has driver '${driver.name}'.`
}

function completeEntry(
  keys: DeviceKeys,
  own: Record<string, unknown>,
  whole: Record<string, unknown>,
  { provides }: Driver,
): DeviceEntry {
  // Errors in the defaults are reported at their places; here they are ignored.
  const defaults = defaultsSchema.safeParse(whole).data ?? {}
  const appium = keys.appium ?? defaults.appium
  const proxy = keys.proxy ?? defaults.proxy
  const reset = keys.reset ?? defaults.reset
  // A setting for all devices applies to those that can record.
  const video = keys.video ?? (provides.includes('recording') ? defaults.video : undefined)
  return {
    name: keys.name,
    driver: keys.driver,
    labels: [...new Set(keys.labels)],
    capabilities: { ...defaults.capabilities, ...keys.capabilities },
    ...(appium !== undefined && { appium }),
    ...(reset !== undefined && { reset }),
    ...(video !== undefined && { video }),
    ...(proxy !== undefined && { proxy }),
    webdriver: webdriverOptionsOf(defaults, keys),
    own,
  }
}
