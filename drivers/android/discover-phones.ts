import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Discovery, DiscoveryContext } from '../../src/device/driver.js'
import { AdbPhone } from './adb-phone.js'
import type { AdbServer } from './adb-server.js'
import { androidKeys } from './android-keys.js'
import { readProperties } from './phone-facts.js'
import { kindOf, labelsOfKind, matches, nameOf } from './phone-labels.js'

/** Finds the phones of an adb server that an entry stands for, and those that are attached later. */
export async function discoverPhones(
  entry: DeviceEntry,
  server: AdbServer,
  { found, known }: DiscoveryContext,
): Promise<Discovery> {
  const { discover: _discover, match = {}, ...keys } = androidKeys.parse(entry.own)
  const looked = new Set(known)
  const look = async (udid: string): Promise<void> => {
    if (looked.has(udid) || server.state(udid) !== 'device') return
    looked.add(udid)
    const name = nameOf(entry.name, udid)
    try {
      const properties = readProperties(await new AdbPhone(server, udid, name).shell('getprop'))
      const labels = ['platform=android', ...labelsOfKind(kindOf(properties))]
      if (matches(labels, match)) await found({ ...entry, name, own: { ...keys, udid } })
    } catch {
      // It left again, or does not answer: it is looked at when it is attached the next time.
      looked.delete(udid)
    }
  }
  const end = server.listen((udid, state) => {
    if (state === 'device') void look(udid)
  })
  await Promise.all(server.serials.map(look))
  return {
    stop() {
      end()
      server.release()
    },
  }
}
