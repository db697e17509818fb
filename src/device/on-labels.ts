import { BatonError, BatonErrors } from '../error/baton-error.js'
import { labelProblem } from './label.js'

/**
 * Parses a list of labels such as that of `--on`: `platform=android,tablet`.
 * @param option - whose value it is, for the message
 * @returns the labels, without repeats
 * @throws BatonErrors BATON_USAGE, one for each invalid label
 */
export function parseLabels(text: string, option = '--on'): string[] {
  const labels = text.split(',').map(label => label.trim())
  const errors = labels.flatMap(label => {
    const expected = labelProblem(label)
    return expected === undefined
      ? []
      : [new BatonError('BATON_USAGE', `${option} '${text}': ${expected}, found '${label}'.`)]
  })
  if (errors.length > 0) throw new BatonErrors(errors)
  return [...new Set(labels)]
}
