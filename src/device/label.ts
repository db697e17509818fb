import { labelPattern } from './selector.js'

/** Keys of labels that Baton and the drivers set, so that devices.json can't. */
export const reservedLabelKeys = ['name', 'driver', 'host', 'platform', 'model', 'udid'] as const

const reservedList = reservedLabelKeys.map(key => `${key}=`).join(', ')

/** @returns what was expected, or undefined if the label is valid */
export function labelProblem(label: string): string | undefined {
  const wellFormed = labelPattern.test(label) && label.trim() === label
  return wellFormed ? undefined : 'expected a label: not empty, without commas, line breaks or surrounding spaces'
}

const hostName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/

/** @returns what was expected, or undefined if the text is a host's name, which becomes the label `host=…` */
export function hostNameProblem(text: string): string | undefined {
  if (hostName.test(text)) return undefined
  return 'expected a name: a letter or digit, then letters, digits, ".", "_", "-", up to 253'
}

/** @returns what was expected, or undefined if devices.json may declare the label */
export function declaredLabelProblem(label: string): string | undefined {
  const reserved = reservedLabelKeys.some(key => label.startsWith(`${key}=`))
  return (
    labelProblem(label) ?? (reserved ? `expected a label of your own: ${reservedList} are given by Baton` : undefined)
  )
}
