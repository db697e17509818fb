/**
 * An ask is what one role wants of a device, as canonical text: labels sorted, without repeats, joined by `,`.
 * A device asked for by name is the label `name=<name>`; the empty ask is any device. Canonical, so that equal asks
 * are equal strings: they are keys in Redis. Several joined by `,,` are a choice in this order: who is online decides.
 */
export type Ask = string

/** Needs of one module: role → ask. */
export type Needs = Record<string, Ask>

export const anyDevice: Ask = ''

export function askForName(name: string): Ask {
  return `name=${name}`
}

export function askForLabels(labels: readonly string[]): Ask {
  return [...new Set(labels)].toSorted().join(',')
}

/** Between the alternatives of a choice; no ask by itself has it. */
const orElse = ',,'

/** @param asks - in the order of preference; not empty */
export function choiceOf(asks: readonly Ask[]): Ask {
  return [...new Set(asks)].join(orElse)
}

/** The asks of a choice, best first; an ask that is none is its own only one. */
export function alternativesOf(ask: Ask): Ask[] {
  return ask.split(orElse)
}

/** Of one alternative. */
export function labelsOfAsk(ask: Ask): string[] {
  return ask === anyDevice ? [] : ask.split(',')
}

/** Whether a device with these labels (its `name=…` among them) can serve the ask. */
export function satisfies(labels: ReadonlySet<string>, ask: Ask): boolean {
  return alternativesOf(ask).some(one => labelsOfAsk(one).every(label => labels.has(label)))
}

/** For people: `bob` for a name, `any tablet, platform=ios` for labels, `any device`; `bob, else any tablet`. */
export function formatAsk(ask: Ask): string {
  return alternativesOf(ask).map(formatAlternative).join(', else ')
}

function formatAlternative(ask: Ask): string {
  if (ask === anyDevice) return 'any device'
  const labels = labelsOfAsk(ask)
  const [only] = labels
  return labels.length === 1 && only?.startsWith('name=') ? only.slice('name='.length) : `any ${labels.join(', ')}`
}

/** What a label may not hold: the separator of asks, and what breaks a line of output. */
export const labelPattern = /^[^,\p{Cc}]+$/u
