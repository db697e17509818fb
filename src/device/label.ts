import { labelPattern } from './selector.js'

/** Keys of labels that Baton and the drivers set, so that devices.json can't. */
export const reservedLabelKeys = ['name', 'driver', 'host', 'platform', 'model', 'udid'] as const

const reservedList = reservedLabelKeys.map(key => `${key}=`).join(', ')

/** @returns what was expected, or undefined if the label is valid */
export function labelProblem(label: string): string | undefined {
  const wellFormed = labelPattern.test(label) && label.trim() === label
  return wellFormed ? undefined : 'expected a label: not empty, without commas, line breaks or surrounding spaces'
}

/** @returns what was expected, or undefined if devices.json may declare the label */
export function declaredLabelProblem(label: string): string | undefined {
  const reserved = reservedLabelKeys.some(key => label.startsWith(`${key}=`))
  return (
    labelProblem(label) ?? (reserved ? `expected a label of your own: ${reservedList} are given by Baton` : undefined)
  )
}
