import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeviceEntry } from '../../../src/device/device-entry.js'
import type { ResetPolicy } from '../../../src/device/device-entry.js'
import type { DeviceObserver, Driver, PreparedDevice } from '../../../src/device/driver/driver.js'
import { AppiumSupervisor } from '../../../src/host/appium/appium-supervisor.js'
import type { AppiumOptions } from '../../../src/host/appium/appium-server.js'
import { Gateway, type GatewayOptions } from '../../../src/host/gateway/gateway.js'
import { DeviceSession, type DeviceSessionOptions } from '../../../src/host/device/session/device-session.js'
import { makeOwnedDirectory, type OwnedDirectory } from '../../../src/process/owned-directory.js'

export const farmSecret = 'test secret'

/** An entry of devices.json, as parsed. */
export function deviceEntry(name: string, driver: Driver, own: Record<string, unknown> = {}): DeviceEntry {
  return { name, driver: driver.name, labels: [], capabilities: {}, webdriver: {}, own }
}

export interface BenchDevice {
  name: string
  prepared: PreparedDevice
  sessions: DeviceSession
  workDir: string
}

export interface BenchOptions {
  gateway?: Partial<GatewayOptions>
  appium?: Partial<AppiumOptions>
  /** Beside this process's own. */
  env?: Record<string, string>
}

export interface AddOptions extends Partial<DeviceSessionOptions> {
  reset?: ResetPolicy
  observer?: DeviceObserver
}

const deaf: DeviceObserver = { lost: () => {}, back: () => {} }

/** What a host is made of, without queue and leases: real Appium, a gateway, and devices with their sessions. */
export class FarmBench {
  private constructor(
    readonly directory: OwnedDirectory,
    readonly appium: AppiumSupervisor,
    readonly gateway: Gateway,
    readonly env: Readonly<Record<string, string | undefined>>,
    readonly devices: BenchDevice[],
  ) {}

  static async start(drivers: readonly Driver[], options: BenchOptions = {}): Promise<FarmBench> {
    const directory = await makeOwnedDirectory('bench')
    const env = { ...process.env, ...options.env }
    for (const driver of drivers) {
      Object.assign(env, await driver.appiumEnvironment?.({ env, directory: directory.path }))
    }
    const appium = await AppiumSupervisor.start({
      driverPackages: drivers.map(driver => driver.appiumDriver.package),
      logFile: join(directory.path, 'appium.log'),
      env,
      ...options.appium,
    })
    await appium.started
    const devices: BenchDevice[] = []
    const gateway = await Gateway.start({
      downloadsOf: device => devices.find(({ name }) => name === device)?.prepared.downloads,
      farmSecret: () => farmSecret,
      verifyLease: async () => false,
      ...options.gateway,
    })
    return new FarmBench(directory, appium, gateway, env, devices)
  }

  async add(
    entry: DeviceEntry,
    driver: Driver,
    { observer = deaf, ...options }: AddOptions = {},
  ): Promise<BenchDevice> {
    const workDir = join(this.directory.path, entry.name)
    await mkdir(workDir)
    const prepared = await driver.prepare(entry, {
      workDir,
      env: this.env,
      observer,
      hostPorts: async () => this.hostPorts(),
    })
    const sessions = new DeviceSession({
      device: entry.name,
      prepared,
      capabilities: entry.capabilities,
      reset: driver.resets[0] ?? 'none',
      appium: async () => this.appium.url(),
      usesForeignAppium: false,
      gateway: this.gateway,
      ...options,
    })
    const device = { name: entry.name, prepared, sessions, workDir }
    this.devices.push(device)
    return device
  }

  async hostPorts(): Promise<number[]> {
    return [...this.gateway.ports, Number(new URL(await this.appium.url()).port)]
  }

  async stop(): Promise<void> {
    await Promise.all(this.devices.map(async ({ sessions }) => sessions.close()))
    await Promise.all(this.devices.map(async ({ prepared }) => prepared.dispose()))
    await this.gateway.close()
    await this.appium.stop()
    await this.directory.remove()
  }
}
