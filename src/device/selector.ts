/**
 * A selector describes the devices that may take a role, as canonical text: labels sorted, without repeats, joined by `,`.
 * A device's name is the label `name=<name>`; the empty selector matches any device. Equal selectors are equal strings,
 * because they are keys in Redis. Alternatives are joined by `,,`, the preferred one first: the first with a device
 * online is used.
 */
export type Selector = string

/** Needs of one module: role → selector. */
export type Needs = Record<string, Selector>

export const anyDevice: Selector = ''

export function selectorForName(name: string): Selector {
  return `name=${name}`
}

export function selectorForLabels(labels: readonly string[]): Selector {
  return [...new Set(labels)].toSorted().join(',')
}

/** Joins alternatives. No single selector contains it, because a label can't be empty. */
const alternativeSeparator = ',,'

/** @param selectors - in the order of preference; not empty */
export function anyOf(selectors: readonly Selector[]): Selector {
  return [...new Set(selectors)].join(alternativeSeparator)
}

/** @returns the alternatives of a selector, the preferred one first; itself if it has only one */
export function alternativesOf(selector: Selector): Selector[] {
  return selector.split(alternativeSeparator)
}

/** @param selector - with a single alternative */
export function labelsOfSelector(selector: Selector): string[] {
  return selector === anyDevice ? [] : selector.split(',')
}

/** @param labels - of a device, its `name=…` included */
export function matchesSelector(labels: ReadonlySet<string>, selector: Selector): boolean {
  return alternativesOf(selector).some(one => labelsOfSelector(one).every(label => labels.has(label)))
}

/** For people: `bob` for a name, `any tablet, platform=ios` for labels, `any device`; `bob, else any tablet`. */
export function formatSelector(selector: Selector): string {
  return alternativesOf(selector).map(formatAlternative).join(', else ')
}

function formatAlternative(selector: Selector): string {
  if (selector === anyDevice) return 'any device'
  const labels = labelsOfSelector(selector)
  const [only] = labels
  return labels.length === 1 && only?.startsWith('name=') ? only.slice('name='.length) : `any ${labels.join(', ')}`
}

/** A label contains neither the separator of selectors nor a control character, which would break a line of output. */
export const labelPattern = /^[^,\p{Cc}]+$/u
