import { randomUUID } from 'node:crypto'
import { lockScreen } from '../screen/system-screens.js'
import type { Touchscreen } from '../screen/touch.js'
import type { View } from '../screen/view.js'
import { IphoneApps } from './iphone-apps.js'
import { iphoneModels, type IphoneModel } from './iphone-model.js'
import { WebDriverAgent } from './wda/web-driver-agent.js'

export interface IphoneOptions {
  model?: IphoneModel
  behavior?: Partial<IphoneBehavior>
}

/** Settings and faults of an iPhone that can be changed while it runs. */
export interface IphoneBehavior {
  /** Milliseconds before each response of WebDriverAgent. */
  commandDelayMs: number
  batteryPercent: number
  /** Whether it is on a charger. */
  charging: boolean
  /** Whether it turns when it is asked to; some apps fix their orientation. */
  rotates: boolean
  /** Whether the chat stores the name that is typed, and shows it at its next start. */
  keepsName: boolean
}

/**
 * One simulated iPhone with a running WebDriverAgent, which is reached by its URL. It uses the network of this computer, as
 * Apple's Simulator does.
 */
export class Iphone implements Touchscreen, AsyncDisposable {
  readonly udid = `00008030-${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`
  readonly model: IphoneModel
  readonly behavior: IphoneBehavior
  readonly apps: IphoneApps
  readonly wda: WebDriverAgent
  orientation: 'PORTRAIT' | 'LANDSCAPE' = 'PORTRAIT'
  #locked = false

  constructor({ model, behavior }: IphoneOptions = {}) {
    this.model = model ?? iphoneModels[0]!
    this.behavior = {
      commandDelayMs: 0,
      batteryPercent: 83,
      charging: true,
      rotates: true,
      keepsName: false,
      ...behavior,
    }
    this.apps = new IphoneApps(this.model.model, this.behavior)
    this.wda = new WebDriverAgent(this)
  }

  /** @returns once WebDriverAgent answers */
  static async start(options?: IphoneOptions): Promise<Iphone> {
    const phone = new Iphone(options)
    await phone.wda.start()
    return phone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.wda.stop()
    this.apps.terminateAll()
  }

  get locked(): boolean {
    return this.#locked
  }

  lock(): void {
    this.#locked = true
  }

  unlock(): void {
    this.#locked = false
  }

  /** The screen as fingers and keys see it. */
  get display(): Touchscreen['display'] {
    return {
      on: true,
      locked: this.#locked,
      wake: () => {},
      sleep: () => this.lock(),
      dismiss: () => this.unlock(),
      type: () => {},
      enter: () => !this.#locked,
    }
  }

  view(): View {
    return this.#locked ? lockScreen('') : this.apps.view()
  }
}
