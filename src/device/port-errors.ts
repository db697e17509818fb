import { BatonError, formatLocation, type SourceLocation } from '../error/baton-error.js'
import type { Driver } from './driver/driver.js'
import { placeOfNode, sourceOfNode, valueNodeAt, type JsonDocument, type JsonPath } from './json-document.js'
import type { ReadDevice } from './read-device.js'
import { subject } from './schema-errors.js'

/** Ports of one machine that a capability assigns to a device. */
interface FixedPorts {
  device: string
  capability: string
  /** Where it is set: at the device, or at the top for all. */
  path: JsonPath
  /** The machine: that of an external Appium server, or the host. */
  machine: string
  ranges: [from: number, to: number][]
}

const hint = 'remove it to use a free port, or give each device its own port.'

/** Two devices with the same port would drive one phone, or end each other's session. */
export function portErrors(devices: readonly ReadDevice[], document: JsonDocument): BatonError[] {
  const earlier: FixedPorts[] = []
  const reported = new Set<string>()
  return devices.flatMap(device => {
    const { entry, driver } = device
    if (!entry || !driver) return []
    const isGroup = driver.discovery?.isGroup(entry) ?? false
    return fixedPorts(device, driver, document).flatMap(fixed => {
      const other = earlier.find(known => known.machine === fixed.machine && overlap(known, fixed))
      earlier.push(fixed)
      const key = fixed.path.join('/')
      if ((!other && !isGroup) || reported.has(key)) return []
      reported.add(key)
      const node = valueNodeAt(document.root, fixed.path) ?? document.root
      const place = placeOfNode(document, node)
      const taken = other
        ? takenBy(other, document, place)
        : `is for one device, and '${entry.name}' stands for several devices`
      const message = `${subject(document, fixed.path)}: ${sourceOfNode(document, node)} ${taken}.`
      return [new BatonError('BATON_CONFIG_INVALID', message, { place, hint })]
    })
  })
}

function takenBy({ device, capability, path }: FixedPorts, document: JsonDocument, place: SourceLocation): string {
  const node = valueNodeAt(document.root, path)
  const earlier = node && formatLocation(placeOfNode(document, node))
  const where = earlier === undefined || earlier === formatLocation(place) ? '' : ` at ${earlier}`
  return `is the '${capability}' of device '${device}' already${where}`
}

function fixedPorts({ index, entry }: ReadDevice, driver: Driver, document: JsonDocument): FixedPorts[] {
  if (!entry) return []
  const { name, capabilities, appium } = entry
  return (driver.portCapabilities ?? []).flatMap(capability => {
    const ranges = rangesOf(capabilities[capability])
    if (ranges.length === 0) return []
    const own = ['devices', index, 'capabilities', capability]
    const path = valueNodeAt(document.root, own) ? own : ['capabilities', capability]
    return [{ device: name, capability, path, machine: appium?.url ?? '', ranges }]
  })
}

/** A port, or as `chromedriverPorts` has them: a list of ports and of pairs of a first and a last one. */
function rangesOf(value: unknown): [number, number][] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      if (!Array.isArray(item)) return rangesOf(item)
      const [from, to] = item.map(Number)
      return from !== undefined && to !== undefined ? [[from, to] satisfies [number, number]] : []
    })
  }
  const port = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
  return Number.isInteger(port) ? [[port, port]] : []
}

function overlap(one: FixedPorts, other: FixedPorts): boolean {
  return one.ranges.some(([from, to]) => other.ranges.some(([first, last]) => from <= last && first <= to))
}
