import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { packageFile } from '../../src/process/package-root.js'
import { formatMachine, tableOf } from './format-results.js'
import type { BenchReport, Figure } from './report.js'

const [begin, end] = ['<!-- figures: npm run bench -- --docs bench-results/….json -->', '<!-- end of figures -->']

/** Writes the figures of a report between the marks in docs/performance.md. */
export async function writeDocs(report: BenchReport): Promise<void> {
  const file = packageFile('docs', 'performance.md')
  const text = withFigures(await readFile(file, 'utf8'), report)
  const options = await resolveConfig(file)
  await writeFile(file, await format(text, { ...options, filepath: file, proseWrap: 'always' }))
}

/** @throws Error if the text has no marks */
export function withFigures(text: string, report: BenchReport): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for figures: ${begin} … ${end}`)
  return `${text.slice(0, from)}${begin}\n\n${figuresText(report)}\n\n${text.slice(to)}`
}

function figuresText(report: BenchReport): string {
  const sections = report.results.map(({ name, what, figures }) => `### ${name}\n\n${what}.\n\n${figureList(figures)}`)
  const machine = formatMachine(report)
    .split('\n')
    .map(line => `- ${line}`)
  return [machine.join('\n'), ...sections].join('\n\n')
}

/** A list, because a table of several peers is wider than a screen. */
function figureList(figures: readonly Figure[]): string {
  const [[, ...columns] = [], ...rows] = tableOf(figures)
  return rows
    .map(([label, ...cells]) => {
      const verdict = cells.pop()
      const parts = cells.flatMap((cell, index) => (cell === '' ? [] : `${columns[index]} ${cell}`))
      return `- **${label}**: ${parts.join('; ')}${verdict === '' ? '' : ` (${verdict})`}.`
    })
    .join('\n')
}
