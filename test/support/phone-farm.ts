import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { LeaseScripts } from '../../src/lease/lease-scripts.js'
import { Registry } from '../../src/lease/registry.js'
import { Project, type RunningCli } from '../e2e/baton-cli.js'
import { commands, processesBelow } from '../e2e/support/processes.js'
import type { PhoneClient } from '../phone/client.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { RedisServer } from './redis-server.js'

export interface PhoneFarmOptions {
  phones: number
  /** Whether the UiAutomator2 driver's own apps are installed already; default true. */
  provisioned?: boolean
  /** Keys of every device. */
  device?: object
  /** Entries of devices.json; default: one for each phone. */
  devices?: (phones: Phones) => object[]
  /** Whether they are plugged in when the host starts; default true. */
  plugged?: boolean
  files: Record<string, string | object>
  servers?: object
  /** Before the host has seen them. */
  beforeHost?: (farm: PhoneFarm) => Promise<void>
}

/** The state of a device in the farm's registry. */
export interface DeviceState {
  name: string
  state: string
  reason: string
}

/** Generous: only reached if the test fails. */
const settledWithinMs = 120_000
/** Far beyond the 10 s that docs/architecture.md promises of what a killed process leaves: this machine may be busy. */
const leftWithinMs = 60_000

/** A shared farm of simulated phones: a Redis, one host, and the real command line. */
export class PhoneFarm implements AsyncDisposable {
  readonly #registry: Registry
  #host: RunningCli | undefined

  private constructor(
    readonly phones: Phones,
    readonly redis: RedisServer,
    readonly project: Project,
  ) {
    this.#registry = new Registry(new LeaseScripts(redis.connect()))
  }

  static async start({
    phones: count,
    provisioned = true,
    device = {},
    devices: entries = phones => phones.phones.map((_, index) => ({ ...entryOf(phones, index), ...device })),
    plugged = true,
    files,
    servers,
    beforeHost,
  }: PhoneFarmOptions): Promise<PhoneFarm> {
    const phones = await startPhones({ count, provisioned })
    if (!plugged) await Promise.all(phones.phones.map(async phone => phone.unplug()))
    const redis = await RedisServer.start()
    const devices = entries(phones)
    const project = new Project({ 'devices.json': { devices, ...(servers ? { servers } : {}) }, ...files })
    const farm = new PhoneFarm(phones, redis, project)
    try {
      await beforeHost?.(farm)
      await farm.serve()
      return farm
    } catch (error) {
      await farm[Symbol.asyncDispose]()
      throw error
    }
  }

  get host(): RunningCli {
    if (!this.#host) throw new Error('no host was started')
    return this.#host
  }

  /** Starts the host, or another one in its place; resolves when it offers its devices. @param file - with these */
  async serve(file = 'devices.json'): Promise<void> {
    const farm = ['--redis', `unix://${this.redis.socket}`, '--name', 'lab', '--health-check-interval', '500']
    this.#host = this.project.start(['host', ...farm, '--devices', file], adbEnvironment(this.phones))
    await this.#host.line('baton host: ready')
    await this.untilAll('idle')
  }

  /** @param signal - SIGTERM: it leaves in order. @throws if it did not */
  async endHost(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const host = this.#host
    this.#host = undefined
    host?.child.kill(signal)
    const { exitCode, stderr } = (await host?.done) ?? {}
    if (host && signal === 'SIGTERM' && exitCode !== 0) throw new Error(`the host ended with ${exitCode}: ${stderr}`)
  }

  run(...args: string[]): RunningCli {
    return this.project.start(['run', ...args, '--redis', `unix://${this.redis.socket}`, '--json'])
  }

  phone(device: string): PhoneClient {
    const phone = this.phones.phones[Number(device.replace('phone-', ''))]
    if (!phone) throw new Error(`no phone ${device}`)
    return phone
  }

  async states(): Promise<DeviceState[]> {
    return this.#registry.listDevices()
  }

  /** Waits until every device is in that state; polls, because nothing reports it. */
  async untilAll(state: string): Promise<void> {
    await this.until(devices => devices.every(device => device.state === state), `every device is ${state}`)
  }

  /** @param everyMs - milliseconds between two looks */
  async until(isSo: (devices: DeviceState[]) => boolean, what: string, everyMs = 50): Promise<void> {
    const deadline = Date.now() + settledWithinMs
    for (;;) {
      const states = await this.states()
      if (isSo(states)) return
      if (Date.now() > deadline) throw new Error(`not within ${settledWithinMs} ms: ${what}\n${JSON.stringify(states)}`)
      await delay(everyMs)
    }
  }

  /** Phones and adb have one of each under way for the farm. What ends goes through adb, and may take a moment. */
  async assertNothingLeaks(): Promise<void> {
    const deadline = Date.now() + leftWithinMs
    for (;;) {
      const usage = await this.#usage()
      const expected = usage.map(({ phone }) => ({ phone, connections: 1, logcatReaders: 1, forwards: 1 }))
      if (isDeepStrictEqual(usage, expected)) return
      if (Date.now() > deadline) assert.deepEqual(usage, expected, `after ${leftWithinMs} ms`)
      await delay(50)
    }
  }

  async #usage(): Promise<{ phone: string; connections: number; logcatReaders: number; forwards: number }[]> {
    const forwards = (await this.phones.adbServer?.adb('forward', '--list')) ?? ''
    return Promise.all(
      this.phones.phones.map(async (phone, index) => {
        const { connections, logcatReaders } = await phone.status()
        const own = forwards.split('\n').filter(line => line.startsWith(`${phone.serial} `))
        return { phone: `phone-${index}`, connections, logcatReaders, forwards: own.length }
      }),
    )
  }

  /** What runs below the host: command lines, sorted, and how many workers. */
  processes(): { others: string[]; workers: number } {
    const all = processesBelow(this.host.pid).map(({ command }) => command)
    const others = all.filter(command => !commands.worker.test(command)).toSorted()
    return { others, workers: all.length - others.length }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.endHost('SIGTERM')
    } finally {
      await this.redis[Symbol.asyncDispose]()
      // One that the host has started in the place of one that was killed is nobody's child.
      await this.phones.adbServer?.adb('kill-server').catch(() => {})
      await this.phones.stop()
      this.project.remove()
    }
  }
}

function entryOf({ phones, adbPort }: Phones, index: number): object {
  return { name: `phone-${index}`, driver: 'android', udid: phones[index]?.serial, adb: { port: adbPort } }
}

/** What a program needs to talk to the phones' adb server; its temporary files stay where its test looks for them. */
export function adbEnvironment({ adbServer }: Phones): Record<string, string> {
  const { TMPDIR: _theirs, ...env } = adbServer?.env ?? {}
  return env
}
