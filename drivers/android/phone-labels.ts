/** Keys of the labels below. */
export const phoneLabelKeys = ['sdk', 'model', 'manufacturer', 'abi', 'formFactor'] as const

/**
 * Labels that a phone has by itself: `sdk=34`, `model=Pixel 8`, `manufacturer=Google`, `abi=arm64-v8a`, `formFactor=phone`.
 * What the phone does not report is left out.
 * @param properties - as `getprop` lists them
 */
export function labelsFromProperties(properties: Readonly<Record<string, string>>): string[] {
  const property = (...names: string[]): string | undefined =>
    names.map(name => properties[name]).find(value => value !== undefined && value !== '')
  const labels: Record<(typeof phoneLabelKeys)[number], string | undefined> = {
    sdk: property('ro.build.version.sdk'),
    model: property('ro.product.model'),
    manufacturer: property('ro.product.manufacturer', 'ro.product.brand'),
    abi: property('ro.product.cpu.abi'),
    formFactor: formFactorOf(property('ro.build.characteristics')),
  }
  return Object.entries(labels).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${plain(value)}`]))
}

/** https://source.android.com/docs/core/architecture/configuration */
function formFactorOf(characteristics: string | undefined): string {
  const words = characteristics?.split(',') ?? []
  return ['tablet', 'watch', 'tv', 'automotive'].find(word => words.includes(word)) ?? 'phone'
}

/** Labels contain no commas and no control characters. */
function plain(value: string): string {
  return value.replaceAll(/[,\p{Cc}\s]+/gu, ' ').trim()
}

/** Whether the labels contain every `key=value` of the match. */
export function matchesLabels(labels: readonly string[], match: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(match).every(([key, value]) => value === undefined || labels.includes(`${key}=${value}`))
}

/** Device name for a discovered phone: letters, digits, `.`, `_` and `-`. */
export function deviceNameFor(prefix: string, udid: string): string {
  return `${prefix}-${udid.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}`.slice(0, 63)
}
