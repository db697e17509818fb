/** What labels are made of; undefined where the phone did not say. */
export interface PhoneKind {
  sdk?: string | undefined
  release?: string | undefined
  model?: string | undefined
  manufacturer?: string | undefined
  abi?: string | undefined
  characteristics?: string | undefined
}

/** @param properties - as `getprop` lists them */
export function kindOf(properties: Readonly<Record<string, string>>): PhoneKind {
  const property = (...names: string[]): string | undefined =>
    names.map(name => properties[name]).find(value => value !== undefined && value !== '')
  return {
    sdk: property('ro.build.version.sdk'),
    release: property('ro.build.version.release'),
    model: property('ro.product.model'),
    manufacturer: property('ro.product.manufacturer', 'ro.product.brand'),
    abi: property('ro.product.cpu.abi'),
    characteristics: property('ro.build.characteristics'),
  }
}

/** Labels that a phone has by itself: `sdk=34`, `model=Pixel 8`, `manufacturer=Google`, `abi=arm64-v8a`, `formFactor=phone`. */
export function labelsOfKind({ sdk, model, manufacturer, abi, characteristics }: PhoneKind): string[] {
  const labels = { sdk, model, manufacturer, abi, formFactor: formFactorOf(characteristics) }
  return Object.entries(labels).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${plain(value)}`]))
}

/** As the maker of the phone's software says. https://source.android.com/docs/core/architecture/configuration */
function formFactorOf(characteristics: string | undefined): string {
  const words = characteristics?.split(',') ?? []
  return ['tablet', 'watch', 'tv', 'automotive'].find(word => words.includes(word)) ?? 'phone'
}

/** A label holds no comma and no control character. */
function plain(value: string): string {
  return value.replaceAll(/[,\p{Cc}\s]+/gu, ' ').trim()
}

/** Whether labels hold every `key=value` of the match. */
export function matchesLabels(labels: readonly string[], match: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(match).every(([key, value]) => value === undefined || labels.includes(`${key}=${value}`))
}

/** A device's name for a phone that nobody has named: letters, digits, `.`, `_` and `-`. */
export function deviceNameFor(prefix: string, udid: string): string {
  return `${prefix}-${udid.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}`.slice(0, 63)
}
