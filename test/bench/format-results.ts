import { formatTable } from '../../src/cli/format-table.js'
import { meetsGoal } from './benchmark.js'
import type { BenchmarkResult, BenchReport, Figure, Measured } from './report.js'

/** Formats one benchmark: one line for each figure, with its peers. */
export function formatResult({ name, what, figures }: BenchmarkResult): string {
  return `${name}: ${what}\n${formatTable(tableOf(figures))}`
}

export function formatMachine({ date, machine, quick }: BenchReport): string {
  const { cpu, cores, memoryGb, os, node, versions, load } = machine
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${date}, ${cores} cores (${cpu}), ${memoryGb} GB, ${os}, Node ${node}`,
    packages.join(', '),
    `load average ${load.before} before, ${load.after} after${quick ? '; --quick: figures of few samples' : ''}`,
  ].join('\n')
}

/** Head and rows of a table: what, Baton, each peer, goal, whether it is met. */
export function tableOf(figures: readonly Figure[]): string[][] {
  const peers = [...new Set(figures.flatMap(figure => Object.keys(figure.peers ?? {})))]
  const head = ['', 'Baton', ...peers, 'goal', '']
  return [
    head,
    ...figures.map(figure => [
      figure.label,
      measuredText(figure, figure.unit),
      ...peers.map(peer => measuredText(figure.peers?.[peer], figure.unit)),
      goalText(figure),
      verdictText(figure),
    ]),
  ]
}

function measuredText(measured: Measured | undefined, unit: string): string {
  if (!measured) return ''
  const text = withUnit(numberText(measured.value), unit)
  return measured.range ? `${text} (${measured.range.map(numberText).join('–')})` : text
}

function goalText({ goal, unit }: Figure): string {
  if (!goal) return ''
  return 'atMost' in goal
    ? `≤ ${withUnit(numberText(goal.atMost), unit)}`
    : `≥ ${withUnit(numberText(goal.atLeast), unit)}`
}

function verdictText(figure: Figure): string {
  const met = meetsGoal(figure)
  return met === undefined ? '' : met ? 'met' : 'missed'
}

function withUnit(text: string, unit: string): string {
  return unit === '' ? text : `${text} ${unit}`
}

/** Three significant digits are enough. */
function numberText(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US')
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(Math.abs(value) < 0.1 ? 2 : 3)
}
