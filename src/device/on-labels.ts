import { BatonError, BatonErrors } from '../error/baton-error.js'
import { labelFault } from './label.js'

/**
 * Reads a list of labels as `--on` takes it: `platform=android,tablet`.
 * @param option - that the list was given to, for the message
 * @returns the labels, without repeats
 * @throws BatonErrors BATON_USAGE, one for each label that is none
 */
export function parseLabels(text: string, option = '--on'): string[] {
  const labels = text.split(',').map(label => label.trim())
  const faults = labels.flatMap(label => {
    const expected = labelFault(label)
    return expected === undefined
      ? []
      : [new BatonError('BATON_USAGE', `${option} '${text}': ${expected}, found '${label}'.`)]
  })
  if (faults.length > 0) throw new BatonErrors(faults)
  return [...new Set(labels)]
}
