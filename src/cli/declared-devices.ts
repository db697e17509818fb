import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { errorMessage } from '../error/error-text.js'
import { labelsOfDevice, type DeviceEntry } from '../device/device-entry.js'
import type { Driver } from '../device/driver/driver.js'
import { drivers } from './drivers.js'

/** A device of a file, and whether this machine has it. */
export interface DeclaredDevice {
  name: string
  driver: string
  labels: string[]
  /** Why it can't be used from here; undefined if it can. */
  problem?: string
}

/** Checks each device of a file, as a host would before it joins a farm; opens no session. */
export async function inspectDevices(entries: readonly DeviceEntry[]): Promise<DeclaredDevice[]> {
  const meant = await Promise.all(entries.map(entry => devicesOf(entry, entries).catch(() => [entry])))
  return Promise.all(meant.flat().map(inspectDevice))
}

/** The devices that an entry stands for now: usually itself. @throws BatonError if the tool that finds devices is missing */
export async function devicesOf(entry: DeviceEntry, entries: readonly DeviceEntry[]): Promise<DeviceEntry[]> {
  const found: DeviceEntry[] = []
  const discovery = drivers.find(driver => driver.name === entry.driver)?.discovery
  if (!discovery?.isGroup(entry)) return [entry]
  const running = await discovery.start(entry, {
    env: process.env,
    entries,
    found: async device => void found.push(device),
  })
  running.stop()
  return found
}

async function inspectDevice(entry: DeviceEntry): Promise<DeclaredDevice> {
  const driver = drivers.find(driver => driver.name === entry.driver)
  // The configuration was checked against these drivers.
  if (!driver) throw new Error(`no driver ${entry.driver}`)
  const labels = labelsOfDevice(entry, driver.describe(entry))
  const device = { name: entry.name, driver: entry.driver, labels }
  try {
    return { ...device, labels: [...new Set([...labels, ...(await foundLabels(driver, entry))])] }
  } catch (error) {
    return { ...device, problem: errorMessage(error) }
  }
}

async function foundLabels(driver: Driver, entry: DeviceEntry): Promise<readonly string[]> {
  const workDir = await mkdtemp(path.join(tmpdir(), 'baton-look-'))
  try {
    const prepared = await driver.prepare(entry, { workDir, env: process.env })
    await prepared.dispose()
    return prepared.labels
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}
