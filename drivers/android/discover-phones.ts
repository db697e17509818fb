import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Discovery, DiscoveryContext } from '../../src/device/driver/discovery-capability.js'
import { AdbPhone } from './adb/adb-phone.js'
import type { AdbServer } from './adb/adb-server.js'
import { adbAddressOf, androidKeys, type AndroidKeys } from './android-keys.js'
import { deviceNameFor, labelsFromProperties, matchesLabels } from './phone-labels.js'

/** Backoff if a phone does not answer, or is unavailable because another farm uses it. Milliseconds. */
const retryMs = 30_000

/** Finds the phones of an adb server that belong to an entry, and those that are attached later. */
export async function discoverPhones(
  entry: DeviceEntry,
  server: AdbServer,
  context: DiscoveryContext,
): Promise<Discovery> {
  const discovery = new PhoneDiscovery(entry, server, context)
  await discovery.start()
  return discovery
}

class PhoneDiscovery implements Discovery {
  readonly #isOurs: (labels: readonly string[]) => boolean
  readonly #keys: AndroidKeys
  /** Serial numbers that need no inspection: done, under way, or named by an entry. */
  readonly #inspected: Set<string>
  readonly #retries = new Set<NodeJS.Timeout>()
  readonly #stopped = new AbortController()

  constructor(
    private readonly entry: DeviceEntry,
    private readonly server: AdbServer,
    private readonly context: DiscoveryContext,
  ) {
    const { discover: _discover, match = {}, ...keys } = androidKeys.parse(entry.own)
    const { named, earlier } = competingEntries(entry, server, context)
    this.#keys = keys
    this.#inspected = new Set(named)
    this.#isOurs = labels =>
      matchesLabels(labels, match) && !earlier.some(other => matchesLabels(labels, other.match ?? {}))
  }

  async start(): Promise<void> {
    const end = this.server.listen((udid, state) => {
      if (state === 'device') void this.#inspect(udid)
    })
    this.#stopped.signal.addEventListener('abort', end, { once: true })
    await Promise.all(this.server.serials.map(udid => this.#inspect(udid)))
  }

  stop(): void {
    this.#stopped.abort()
    for (const retry of this.#retries) clearTimeout(retry)
    this.server.release()
  }

  async #inspect(udid: string): Promise<void> {
    const { entry, server, context } = this
    if (this.#inspected.has(udid) || server.state(udid) !== 'device') return
    this.#inspected.add(udid)
    const name = deviceNameFor(entry.name, udid)
    try {
      const labels = ['platform=android', ...labelsFromProperties(await new AdbPhone(server, udid, name).properties())]
      if (this.#isOurs(labels)) await context.found({ ...entry, name, own: { ...this.#keys, udid } })
    } catch {
      this.#inspected.delete(udid)
      this.#retryLater(udid)
    }
  }

  #retryLater(udid: string): void {
    if (this.#stopped.signal.aborted) return
    const retry = setTimeout(() => {
      this.#retries.delete(retry)
      void this.#inspect(udid)
    }, this.context.retryAfterMs ?? retryMs)
    this.#retries.add(retry)
  }
}

/** Phones that other entries name, and earlier entries on the same adb server, which win if they match too. */
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
