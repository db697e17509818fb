import { BatonError, formatLocation, type SourceLocation } from '../error/baton-error.js'
import { quoteNames } from '../error/closest-name.js'
import type { Driver } from './driver/driver.js'
import { keyNodeAt, placeOfNode, sourceOfNode, valueNodeAt, type JsonDocument } from './json-document.js'
import { portErrors } from './port-errors.js'
import type { ReadDevice } from './read-device.js'
import { subject } from './schema-errors.js'

/** Errors between entries, and between entries and their drivers. */
export function deviceErrors(devices: readonly ReadDevice[], document: JsonDocument): BatonError[] {
  return [
    ...repeated(devices, document, 'name', device => device.name?.toLowerCase()),
    ...repeated(devices, document, 'udid', udidOf),
    ...resetErrors(devices, document),
    ...portErrors(devices, document),
    ...videoErrors(devices, document),
  ]
}

function udidOf({ entry, driver, udid }: ReadDevice): string | undefined {
  return entry && driver ? driver.describe(entry).udid : udid
}

/** Names must differ in more than case: they are folders, and not every file system distinguishes `Bob` from `bob`. */
function repeated(
  devices: readonly ReadDevice[],
  document: JsonDocument,
  key: 'name' | 'udid',
  identify: (device: ReadDevice) => string | undefined,
): BatonError[] {
  const first = new Map<string, SourceLocation>()
  return devices.flatMap(device => {
    const id = identify(device)
    if (id === undefined) return []
    const node = valueNodeAt(document.root, ['devices', device.index, key])
    const place = node ? placeOfNode(document, node) : device.place
    const earlier = first.get(id)
    if (earlier === undefined) {
      first.set(id, place)
      return []
    }
    const path = ['devices', device.index, ...(node ? [key] : [])]
    const found = node ? sourceOfNode(document, node) : `this ${key}`
    const message = `${subject(document, path)}: ${found} is already taken at ${formatLocation(earlier)}.`
    const hint =
      key === 'name'
        ? 'give each device a unique name; case does not count.'
        : 'remove one of the entries, or correct its udid.'
    return [new BatonError('BATON_CONFIG_INVALID', message, { place, hint })]
  })
}

/** A policy for all devices is one error for each driver that doesn't have it. */
function resetErrors(devices: readonly ReadDevice[], document: JsonDocument): BatonError[] {
  const reported = new Set<Driver>()
  return devices.flatMap(({ index, entry, driver }) => {
    if (entry?.reset === undefined || driver === undefined || driver.resets.includes(entry.reset)) return []
    const own = ['devices', index, 'reset']
    const isOwn = keyNodeAt(document.root, own) !== undefined
    if (!isOwn && reported.has(driver)) return []
    if (!isOwn) reported.add(driver)
    const path = isOwn ? own : ['reset']
    const node = valueNodeAt(document.root, path) ?? document.root
    const message = `${subject(document, path)}: expected one of ${quoteNames(driver.resets)} with driver '${driver.name}', found '${entry.reset}'.`
    const hint = isOwn ? undefined : `give the devices of driver '${driver.name}' a 'reset' of their own.`
    return [
      new BatonError('BATON_CONFIG_INVALID', message, {
        place: placeOfNode(document, node),
        ...(hint !== undefined && { hint }),
      }),
    ]
  })
}

/** Nobody should wait for a video that can't be recorded. A setting for all devices applies to those that can record. */
function videoErrors(devices: readonly ReadDevice[], document: JsonDocument): BatonError[] {
  const configError = (path: (string | number)[], expected: string): BatonError[] => {
    const node = valueNodeAt(document.root, path)
    if (node === undefined || node.value === 'off') return []
    const message = `${subject(document, path)}: expected ${expected}, found ${sourceOfNode(document, node)}.`
    return [new BatonError('BATON_CONFIG_INVALID', message, { place: placeOfNode(document, node) })]
  }
  const own = devices.flatMap(({ index, entry, driver }) =>
    entry && driver && !driver.provides.includes('recording')
      ? configError(['devices', index, 'video'], `'off' with driver '${driver.name}', which records no video`)
      : [],
  )
  const isForNobody = devices.every(({ driver }) => driver !== undefined && !driver.provides.includes('recording'))
  return [...own, ...(isForNobody ? configError(['video'], "'off' if no device has a driver that records video") : [])]
}
