import type { PhoneModel } from '../phone-model.js'
import { density } from '../screen/view.js'

/** System properties, as read by `getprop`. */
export class Properties {
  serial = ''
  readonly #fixed: ReadonlyMap<string, string>
  readonly #changed = new Map<string, string>()
  readonly #bootCompleted: () => boolean

  constructor(model: PhoneModel, bootCompleted: () => boolean) {
    this.#bootCompleted = bootCompleted
    this.#fixed = new Map(Object.entries(factory(model)))
  }

  get(name: string): string {
    if (name === 'sys.boot_completed' || name === 'dev.bootcomplete') return this.#bootCompleted() ? '1' : ''
    if (name === 'init.svc.bootanim') return this.#bootCompleted() ? 'stopped' : 'running'
    if (name === 'ro.serialno' || name === 'ro.boot.serialno') return this.serial.replace(/\W/g, '').toUpperCase()
    return this.#changed.get(name) ?? this.#fixed.get(name) ?? ''
  }

  /** The chosen locale, or the manufacturer's. */
  get locale(): string {
    return this.get('persist.sys.locale') || this.get('ro.product.locale')
  }

  set(name: string, value: string): void {
    this.#changed.set(name, value)
  }

  list(): [string, string][] {
    const names = ['sys.boot_completed', 'init.svc.bootanim', 'ro.serialno', 'ro.boot.serialno']
    return [...new Set([...this.#fixed.keys(), ...this.#changed.keys(), ...names])]
      .sort()
      .map(name => [name, this.get(name)])
  }
}

function factory({ manufacturer, model, device, sdk, release, abi, formFactor }: PhoneModel): Record<string, string> {
  return {
    'ro.build.version.sdk': String(sdk),
    'ro.build.version.release': release,
    'ro.build.version.codename': 'REL',
    'ro.build.version.security_patch': '2026-10-05',
    'ro.build.characteristics': formFactor,
    'ro.build.fingerprint': `${manufacturer}/${device}/${device}:${release}/SIM/1:user/release-keys`,
    'ro.build.type': 'user',
    'ro.product.manufacturer': manufacturer,
    'ro.product.brand': manufacturer,
    'ro.product.model': model,
    'ro.product.device': device,
    'ro.product.name': device,
    'ro.product.cpu.abi': abi,
    'ro.product.cpu.abilist': abi,
    'ro.product.locale': 'en-US',
    'ro.sf.lcd_density': String(density),
    'ro.debuggable': '0',
    'persist.sys.timezone': 'UTC',
    'service.adb.root': '0',
  }
}
