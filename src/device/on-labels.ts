import { BatonError, BatonErrors } from '../error/baton-error.js'
import { declaredLabelProblem, labelProblem } from './label.js'

/**
 * Parses a list of labels such as that of `--on`: `platform=android,tablet`.
 * @param option - whose value it is, for the message
 * @returns the labels, without repeats
 * @throws BatonErrors BATON_USAGE, one for each invalid label
 */
export function parseLabels(text: string, option = '--on'): string[] {
  return checkedLabels(text, option, labelProblem)
}

/**
 * Parses the labels that `--labels` gives to devices.
 * @throws BatonErrors BATON_USAGE, one for each label that is invalid or given by Baton itself
 */
export function parseDeviceLabels(text: string): string[] {
  return checkedLabels(text, '--labels', declaredLabelProblem)
}

function checkedLabels(text: string, option: string, problemOf: (label: string) => string | undefined): string[] {
  const labels = text.split(',').map(label => label.trim())
  const errors = labels.flatMap(label => {
    const expected = problemOf(label)
    return expected === undefined
      ? []
      : [new BatonError('BATON_USAGE', `${option} '${text}': ${expected}, found '${label}'.`)]
  })
  if (errors.length > 0) throw new BatonErrors(errors)
  return [...new Set(labels)]
}
