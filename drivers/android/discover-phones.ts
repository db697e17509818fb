import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Discovery, DiscoveryContext } from '../../src/device/driver/discovery-capability.js'
import { AdbPhone } from './adb/adb-phone.js'
import type { AdbServer } from './adb/adb-server.js'
import { adbAddressOf, androidKeys, type AndroidKeys } from './android-keys.js'
import { deviceNameFor, labelsFromProperties, matchesLabels } from './phone-labels.js'

/** Backoff where a phone does not answer, or can't be had because another farm has it. Milliseconds. */
const retryMs = 30_000

/** Finds the phones of an adb server that an entry stands for, and those that are attached later. */
export async function discoverPhones(
  entry: DeviceEntry,
  server: AdbServer,
  context: DiscoveryContext,
): Promise<Discovery> {
  const { discover: _discover, match, ...keys } = androidKeys.parse(entry.own)
  const { named, earlier } = competingEntries(entry, server, context)
  const inspected = new Set(named)
  const retries = new Set<NodeJS.Timeout>()
  const isOurs = (labels: readonly string[]): boolean =>
    matchesLabels(labels, match ?? {}) && !earlier.some(other => matchesLabels(labels, other.match ?? {}))
  const inspect = async (udid: string): Promise<void> => {
    if (inspected.has(udid) || server.state(udid) !== 'device') return
    inspected.add(udid)
    const name = deviceNameFor(entry.name, udid)
    try {
      const labels = ['platform=android', ...labelsFromProperties(await new AdbPhone(server, udid, name).properties())]
      if (isOurs(labels)) await context.found({ ...entry, name, own: { ...keys, udid } })
    } catch {
      inspected.delete(udid)
      retryLater(udid)
    }
  }
  const retryLater = (udid: string): void => {
    if (stopped) return
    const retry = setTimeout(() => {
      retries.delete(retry)
      void inspect(udid)
    }, context.retryAfterMs ?? retryMs)
    retries.add(retry)
  }
  let stopped = false
  const end = server.listen((udid, state) => {
    if (state === 'device') void inspect(udid)
  })
  await Promise.all(server.serials.map(inspect))
  return {
    stop() {
      stopped = true
      end()
      for (const retry of retries) clearTimeout(retry)
      server.release()
    },
  }
}

/** What other entries stand for: phones that they name, and kinds of phones that an earlier one takes first. */
function competingEntries(entry: DeviceEntry, server: AdbServer, { entries, env }: DiscoveryContext) {
  const android = entries.filter(({ driver }) => driver === entry.driver)
  const keysOf = ({ own }: DeviceEntry): AndroidKeys => androidKeys.parse(own)
  const earlier = android.slice(0, Math.max(0, android.indexOf(entry))).map(keysOf)
  const { host, port } = server.address
  const isSame = (keys: AndroidKeys): boolean => {
    const address = adbAddressOf(keys, env)
    return address.host === host && address.port === port
  }
  return {
    named: android.map(keysOf).flatMap(({ udid }) => udid ?? []),
    earlier: earlier.filter(keys => keys.discover && isSame(keys)),
  }
}
