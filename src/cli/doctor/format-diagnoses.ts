import type { Diagnosis } from '../../device/driver/diagnosis.js'

const marks = { ok: '✓', problem: '✗', unused: '–' } as const

/** One line for each diagnosis, and what to do under each problem. */
export function formatDiagnoses(diagnoses: readonly Diagnosis[]): string {
  const width = Math.max(...diagnoses.map(({ name }) => name.length))
  const indent = ' '.repeat(width + 4)
  const lines = diagnoses.flatMap(({ name, state, found, fix }) => [
    `${marks[state]} ${name.padEnd(width)}  ${found.trimEnd().replaceAll('\n', `\n${indent}`)}`,
    ...(fix === undefined ? [] : [`${indent}→ ${fix}`]),
  ])
  const problems = diagnoses.filter(({ state }) => state === 'problem').length
  const end = problems === 0 ? 'ready' : problems === 1 ? '1 problem' : `${problems} problems`
  return `${lines.join('\n')}\n${end}\n`
}
