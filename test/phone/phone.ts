import { randomUUID } from 'node:crypto'
import { Plug, type PlugStyle } from './adbd/plug.js'
import { Automator } from './automator/automator.js'
import { defaultBehavior, type PhoneBehavior } from './phone-behavior.js'
import { phoneModels, type PhoneModel } from './phone-model.js'
import type { PhoneStatus } from './phone-status.js'
import { darkScreen, lockScreen, notRespondingDialog } from './screen/system-screens.js'
import type { View } from './screen/view.js'
import { Apps } from './system/apps.js'
import { Display } from './system/display.js'
import { Files } from './system/files.js'
import { Logcat } from './system/logcat.js'
import { PhoneNetwork } from './system/network.js'
import { Packages } from './system/packages.js'
import { Processes } from './system/processes.js'
import { Properties } from './system/properties.js'
import { Settings } from './system/settings.js'

export interface PhoneOptions {
  /** Port of the adb server that the phone attaches to. */
  adbServerPort: number
  style: PlugStyle
  model?: PhoneModel
  behavior?: Partial<PhoneBehavior>
}

/**
 * One simulated phone. It is off, booting or on, and plugged in or not. Like a real phone it keeps files, apps and settings
 * through a reboot, and loses processes and reversed ports.
 */
export class Phone {
  readonly model: PhoneModel
  readonly behavior: PhoneBehavior
  readonly logcat = new Logcat(() => this.nowMs)
  readonly settings = new Settings()
  readonly files = new Files()
  readonly packages = new Packages()
  readonly processes = new Processes()
  readonly network = new PhoneNetwork()
  readonly display = new Display(this.settings, () => this.behavior)
  readonly apps = new Apps(this)
  readonly automator = new Automator(this)
  readonly properties: Properties
  bootId = ''
  bootCompleted = false
  #bootedAtMs = 0
  #freeWhenSet = { freeBytes: 0, usedBytes: 0 }
  #timer: NodeJS.Timeout | undefined
  #hasCable = true
  /** Between shutting down and starting again. */
  #isAway = false
  readonly #plug: Plug

  constructor(options: PhoneOptions) {
    this.model = options.model ?? phoneModels[0]!
    this.behavior = { ...defaultBehavior, ...options.behavior }
    this.properties = new Properties(this.model, () => this.bootCompleted)
    this.#plug = new Plug(this, options)
    this.set({})
  }

  /** Turns it on and plugs it in. Its serial number is known afterwards. */
  async start(): Promise<void> {
    await this.#plug.reserve()
    this.properties.serial = this.serial
    this.#boot()
    this.bootCompleted = true
    await this.#plug.plug()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.automator.crash()
    await this.#plug.unplug()
    this.#plug.release()
    this.processes.boot()
  }

  /** As adb lists it. */
  get serial(): string {
    return this.#plug.serial
  }

  /** Port of its adb daemon. */
  get adbPort(): number {
    return this.#plug.port
  }

  get nowMs(): number {
    return Date.now() + this.behavior.clockSkewMs
  }

  get uptimeMs(): number {
    return Date.now() - this.#bootedAtMs + this.behavior.upMs
  }

  get freeBytes(): number {
    const { freeBytes, usedBytes } = this.#freeWhenSet
    return Math.max(0, freeBytes + usedBytes - this.files.usedBytes)
  }

  set(behavior: Partial<PhoneBehavior>): void {
    Object.assign(this.behavior, behavior)
    if (behavior.freeBytes !== undefined || this.#freeWhenSet.freeBytes === 0) {
      this.#freeWhenSet = { freeBytes: this.behavior.freeBytes, usedBytes: this.files.usedBytes }
    }
  }

  status(): PhoneStatus {
    return {
      serial: this.serial,
      manufacturer: this.model.manufacturer,
      model: this.model.model,
      bootId: this.bootId,
      bootCompleted: this.bootCompleted,
      automating: this.automator.isRunning,
      connections: this.#plug.connections,
      reverses: this.network.reverses().map(({ from }) => from),
      logcatReaders: this.logcat.followers,
      sockets: this.network.abstractNames(),
      packages: Object.fromEntries(this.packages.list().map(each => [each.package, each.versionCode])),
      installing: this.packages.installing,
      front: this.apps.front?.package,
      screenOn: this.display.on,
      locked: this.display.locked,
      pinRefusals: this.display.refusals,
      recordedFrames: this.display.recordedFrames,
      freeBytes: this.freeBytes,
    }
  }

  /** What is on the screen. */
  view(): View {
    if (!this.display.on) return darkScreen()
    if (this.display.locked) return lockScreen(this.display.typed)
    const { notResponding, dialogStuck } = this.behavior
    if (notResponding === '') return this.apps.view()
    const dismiss = (): void => {
      if (!dialogStuck) this.behavior.notResponding = ''
    }
    return notRespondingDialog(notResponding, { wait: dismiss, close: dismiss })
  }

  async unplug(): Promise<void> {
    this.#hasCable = false
    await this.#plug.unplug()
  }

  async plug(): Promise<void> {
    this.#hasCable = true
    if (!this.#isAway) await this.#plug.plug()
  }

  /** Resolves when the adb server has it online. */
  connected(): Promise<void> {
    return this.#plug.connected()
  }

  /** Sockets stay open, but nothing is answered. */
  freeze(): void {
    this.#plug.freeze()
    this.network.setFrozen(true)
  }

  thaw(): void {
    this.network.setFrozen(false)
    this.#plug.thaw()
  }

  /** As `freeze`, until adb replaces the connection. */
  stall(): void {
    this.#plug.stall()
  }

  /** It leaves and comes back by itself, with a new boot id. */
  reboot(): void {
    clearTimeout(this.#timer)
    this.bootCompleted = false
    this.behavior.upMs = 0
    this.automator.crash()
    this.processes.boot()
    this.logcat.clear()
    this.thaw()
    void this.#plug.unplug()
    this.#isAway = true
    this.#timer = setTimeout(() => {
      this.#isAway = false
      this.#boot()
      if (this.#hasCable) void this.#plug.plug()
      this.#timer = setTimeout(() => (this.bootCompleted = true), this.behavior.bootCompleteMs)
    }, this.behavior.bootMs)
  }

  #boot(): void {
    this.bootId = randomUUID()
    this.#bootedAtMs = Date.now()
    this.processes.boot()
    this.display.wake()
    this.display.locked = this.behavior.pin !== ''
    this.apps.home()
    this.logcat.write({
      pid: this.processes.pidOf('system_server'),
      tag: 'SystemServer',
      message: 'Entered the Android system server!',
    })
  }
}
