import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { androidDriver } from '../../../drivers/android/android-driver.js'
import type { DeviceObserver, PreparedDevice } from '../../../src/device/driver/driver.js'
import type { BatonError } from '../../../src/error/baton-error.js'
import { makeOwnedDirectory, type OwnedDirectory } from '../../../src/process/owned-directory.js'
import type { PhoneClient } from '../../phone/client.js'
import { startPhones, type Phones } from '../../phone/start-phones.js'
import { deviceEntry } from './device-bench.js'

/** Records what a driver reports, so that tests can wait for it. */
export class DeviceEvents implements DeviceObserver {
  readonly #events: { what: 'lost' | 'back'; error?: BatonError }[] = []
  #wake: () => void = () => {}

  lost(error: BatonError): void {
    this.#events.push({ what: 'lost', error })
    this.#wake()
  }

  back(): void {
    this.#events.push({ what: 'back' })
    this.#wake()
  }

  /** @returns the error message if the phone is lost */
  async next(what: 'lost' | 'back'): Promise<string> {
    while (this.#events.length === 0) await new Promise<void>(resolve => (this.#wake = resolve))
    const event = this.#events.shift()
    assert.equal(event?.what, what)
    return event.error?.message ?? ''
  }
}

/** Simulated phones, prepared by the driver as a host would. */
export class PhoneBench {
  readonly #prepared: PreparedDevice[] = []
  #count = 0

  private constructor(
    readonly phones: Phones,
    readonly folder: OwnedDirectory,
  ) {}

  static async start(count: number): Promise<PhoneBench> {
    return new PhoneBench(await startPhones({ count }), await makeOwnedDirectory('phones'))
  }

  phoneAt(index: number): PhoneClient {
    return this.phones.phones[index] ?? assert.fail('no such phone')
  }

  /** Creates a new folder. */
  async newFolder(): Promise<string> {
    const path = join(this.folder.path, `folder-${this.#count++}`)
    await mkdir(path)
    return path
  }

  /** @param own - keys of devices.json; the udid defaults to the first phone's */
  async prepare(
    own: object,
    observer: DeviceObserver = new DeviceEvents(),
    client: { phone: PhoneClient; adbPort: number } = { phone: this.phoneAt(0), adbPort: this.phones.adbPort },
  ): Promise<PreparedDevice> {
    const keys = { udid: client.phone.serial, adb: { port: client.adbPort }, ...own }
    const entry = deviceEntry(`phone-${this.#count++}`, androidDriver, keys)
    const prepared = await androidDriver.prepare(entry, { workDir: await this.newFolder(), env: process.env, observer })
    this.#prepared.push(prepared)
    return prepared
  }

  /** Runs a command in the first phone's shell. */
  async shell(command: string): Promise<string> {
    return ((await this.phones.adbServer?.adb('-s', this.phoneAt(0).serial, 'shell', command)) ?? '').trim()
  }

  /** Disposes devices that a failed test has left. */
  async disposeAll(): Promise<void> {
    await Promise.all(this.#prepared.splice(0).map(async prepared => prepared.dispose()))
  }

  /** Devices first: if they still track the adb server, they start it again when it ends. */
  async stop(): Promise<void> {
    await this.disposeAll()
    await this.phones.stop()
    await this.folder.remove()
  }
}
