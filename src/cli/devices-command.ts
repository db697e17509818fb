import { existsSync } from 'node:fs'
import type { DeviceEntry } from '../device/device-entry.js'
import type { FarmConfig } from '../device/farm-config.js'
import type { DeviceHistory } from '../lease/device-history.js'
import type { RegisteredDevice } from '../lease/registry.js'
import { plainLine } from '../report/plain-text.js'
import { farmPaths } from '../run/warm-farm/farm-record.js'
import { isCi } from './build-run-options.js'
import { devicesOf, inspectDevices } from './declared-devices.js'
import { formatTable } from './format-table.js'
import { unknownDevice } from './quarantine-command.js'
import { readFarmFile } from './read-farm-file.js'
import { masked, shown } from './secrets.js'
import { withRegistry } from './with-registry.js'

export interface DevicesFlags {
  devices: string
  discover?: boolean
  redis?: string
  /** A host to remove from the farm's registry, with its devices. */
  forget?: string
  json?: boolean
}

/** What is shown of a device, whether a farm serves it or a file only declares it. */
interface DeviceRow {
  name: string
  driver: string
  labels: string[]
  state: string
  reason: string
  /** The host that serves it, and what runs there. */
  host?: string
  runs?: string
}

/**
 * `baton devices`: with a farm, also a warm one, its registry; without one, what the file declares and whether this machine has it.
 * @param name - of a farm's device: shows only that one, with its history
 */
export async function devicesCommand(flags: DevicesFlags, name?: string): Promise<number> {
  if (flags.discover) return printAttached()
  const config = flags.redis === undefined ? await readFarmFile(flags.devices) : undefined
  const redisUrl = flags.redis ?? config?.redis ?? (config && (await warmFarmOf(config)))
  if (flags.forget !== undefined) return (await import('./forget-host.js')).forgetHost(flags.forget, redisUrl)
  if (name !== undefined && redisUrl !== undefined) return printDevice(name, redisUrl, flags)
  const rows = redisUrl === undefined ? await declaredDevices(config?.devices ?? []) : await farmDevices(redisUrl)
  process.stdout.write(flags.json ? masked(`${JSON.stringify(rows, undefined, 2)}\n`) : shown(format(rows)))
  return 0
}

/** The warm farm of this project, if it serves these devices as they are declared now. */
async function warmFarmOf(config: FarmConfig): Promise<string | undefined> {
  const cwd = process.cwd()
  if (isCi() || !existsSync(farmPaths(cwd).record)) return undefined
  const { usableFarm } = await import('./farm/reach-farm.js')
  return usableFarm({ cwd, config, headed: false })
}

/** Entries for devices.json, one for each phone that is attached to this machine. */
async function printAttached(): Promise<number> {
  const own = { discover: true }
  const found = await devicesOf(
    { name: 'phone', driver: 'android', labels: [], capabilities: {}, webdriver: {}, own },
    [],
  )
  const inspected = await inspectDevices(found)
  const lines = found.map(({ own }, index) => {
    const labels = inspected[index]?.labels ?? []
    const model = labels.find(label => label.startsWith('model='))?.slice('model='.length) ?? 'phone'
    const name = `${model.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${index + 1}`
    return JSON.stringify({ name, driver: 'android', udid: own['udid'] })
  })
  process.stdout.write(lines.length === 0 ? 'no phone is attached\n' : `${lines.join(',\n')}\n`)
  return 0
}

async function farmDevices(redisUrl: string): Promise<DeviceRow[]> {
  return withRegistry(redisUrl, async registry => (await registry.listDevices()).map(rowOfRegistered))
}

/** One device of a farm, with its history. @throws BatonError BATON_USAGE if the farm does not have it */
async function printDevice(name: string, redisUrl: string, { json }: DevicesFlags): Promise<number> {
  await withRegistry(redisUrl, async registry => {
    const device = (await registry.listDevices()).find(each => each.name === name)
    if (!device) throw await unknownDevice(registry, name)
    const row = rowOfRegistered(device)
    const { states, ...more } = await registry.deviceHistory(name)
    process.stdout.write(
      json
        ? masked(`${JSON.stringify({ ...row, since: device.since, history: states, ...more }, undefined, 2)}\n`)
        : shown(`${format([row])}\n${formatHistory({ states, ...more })}`),
    )
  })
  return 0
}

function formatHistory({ states, sessions, failures }: DeviceHistory): string {
  const changes = states.map(({ at, state, reason }) => [timeText(at), state, reason])
  const uses = sessions.map(({ from, to, outcome, file, role, run, lead, reason }) => [
    timeText(from),
    timeText(to),
    outcome,
    file,
    role,
    run,
    lead,
    reason,
  ])
  const faults = failures.map(({ at, file, run, reason }) => [timeText(at), file, run, reason])
  const tables = [
    [['SINCE', 'STATE', 'REASON'], ...changes],
    ...(uses.length > 0 ? [[['FROM', 'TO', 'OUTCOME', 'MODULE', 'ROLE', 'RUN', 'LED BY', 'REASON'], ...uses]] : []),
    ...(faults.length > 0 ? [[['FAILED', 'MODULE', 'RUN', 'REASON'], ...faults]] : []),
  ]
  return tables.map(rows => formatTable(rows.map(row => row.map(plainLine)))).join('\n')
}

/** Another version, or a damaged entry, may have stored anything. */
function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : 'unknown'
}

function rowOfRegistered({ name, driver, labels, state, reason, host, lease }: RegisteredDevice): DeviceRow {
  const runs = lease && `${lease.file ?? 'a module'} as ${lease.role} (run ${lease.run})`
  return { name, driver, labels, state, reason, host, ...(runs !== undefined && { runs }) }
}

async function declaredDevices(entries: readonly DeviceEntry[]): Promise<DeviceRow[]> {
  return (await inspectDevices(entries)).map(({ problem, ...device }) =>
    problem === undefined
      ? { ...device, state: 'declared', reason: 'not served by a farm' }
      : { ...device, state: 'unavailable', reason: problem },
  )
}

function format(rows: readonly DeviceRow[]): string {
  const cells = rows.map(row => [
    row.name,
    row.state,
    row.driver,
    row.host ?? '',
    row.labels.filter(label => label !== `name=${row.name}`).join(' '),
    [row.runs, row.reason].filter(Boolean).join('; '),
  ])
  // A cell is one line, whatever a driver or another host wrote.
  return formatTable([['DEVICE', 'STATE', 'DRIVER', 'HOST', 'LABELS', 'WHAT'], ...cells.map(row => row.map(plainLine))])
}
