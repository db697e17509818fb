import { labelPattern } from './selector.js'

/** Keys of the labels that Baton and the drivers give themselves; devices.json can't claim them. */
export const reservedLabelKeys = ['name', 'driver', 'host', 'platform', 'model', 'udid'] as const

const reservedList = reservedLabelKeys.map(key => `${key}=`).join(', ')

/** @returns what was expected instead, or undefined where the label is well formed */
export function labelFault(label: string): string | undefined {
  const wellFormed = labelPattern.test(label) && label.trim() === label
  return wellFormed ? undefined : 'expected a label: not empty, no comma, no line break, no space at its ends'
}

/** @returns what was expected instead, or undefined where devices.json may declare the label */
export function declaredLabelFault(label: string): string | undefined {
  const reserved = reservedLabelKeys.some(key => label.startsWith(`${key}=`))
  return (
    labelFault(label) ?? (reserved ? `expected a label of your own: ${reservedList} are given by Baton` : undefined)
  )
}
