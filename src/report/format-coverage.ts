import type { ReportedVerdict } from '../event/verdicts.js'
import { fitText, padText, widthOf } from './fit-text.js'
import { type Paint, verdictColours } from './paint.js'
import { plainLine } from './plain-text.js'
import type { ModuleRecord } from './run-record.js'

/** Widest table, so that it fits into 80 columns with its indentation; further devices get another table below. */
const maxColumns = 78
const maxFileColumns = 36
/** With this many modules, those that passed on every device are only counted. */
const manyModules = 20

const words: Record<ReportedVerdict, string> = {
  passed: 'passed',
  failed: 'FAILED',
  flaky: 'flaky',
  skipped: 'skipped',
  lost: 'LOST',
  interrupted: 'cut off',
  'not-run': 'not run',
}

interface Row {
  file: string
  /** By device. */
  verdicts: ReadonlyMap<string, ReportedVerdict>
}

/** How each module ended on each device, if the run covered every device: a table that needs no colours. */
export function formatCoverage(modules: readonly ModuleRecord[], paint: Paint): string[] {
  const rows = rowsOf(modules)
  const devices = [...new Set(rows.flatMap(({ verdicts }) => [...verdicts.keys()]))].toSorted()
  const shown = rows.length < manyModules ? rows : rows.filter(row => !passedEverywhere(row))
  const left = rows.length - shown.length
  const fileWidth = Math.min(maxFileColumns, Math.max(0, ...shown.map(({ file }) => widthOf(file))))
  const tables = shown.length === 0 ? [] : fold(devices, fileWidth).map(part => table(shown, part, fileWidth, paint))
  const passed = left === 0 ? [] : [`${left}${shown.length === 0 ? '' : ' more'} passed on every device`]
  return [...tables.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])), ...passed]
}

function rowsOf(modules: readonly ModuleRecord[]): Row[] {
  const rows = new Map<string, Map<string, ReportedVerdict>>()
  for (const { file, device, verdict } of modules) {
    if (device === undefined) continue
    rows.set(file, (rows.get(file) ?? new Map<string, ReportedVerdict>()).set(device, verdict))
  }
  return [...rows]
    .map(([file, verdicts]) => ({ file: plainLine(file), verdicts }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

function passedEverywhere({ verdicts }: Row): boolean {
  return [...verdicts.values()].every(verdict => verdict === 'passed')
}

interface Column {
  device: string
  width: number
}

/** Devices side by side, as many as fit. */
function fold(devices: readonly string[], fileWidth: number): Column[][] {
  const widest = Math.max(...Object.values(words).map(word => word.length))
  const room = maxColumns - fileWidth
  const parts: Column[][] = []
  let taken = Infinity
  for (const device of devices) {
    const width = Math.min(Math.max(widest, widthOf(plainLine(device))), room - 2)
    if (taken + 2 + width > room) {
      parts.push([])
      taken = 0
    }
    parts.at(-1)?.push({ device, width })
    taken += 2 + width
  }
  return parts
}

function table(rows: readonly Row[], columns: readonly Column[], fileWidth: number, paint: Paint): string[] {
  const head = columns.map(({ device, width }) => padText(plainLine(device), width))
  const lines = rows.map(({ file, verdicts }) => {
    const cells = columns.map(({ device, width }) => {
      const verdict = verdicts.get(device)
      const word = verdict ? words[verdict] : '–'
      return (verdict ? paint(verdictColours[verdict], word) : word) + ' '.repeat(width - word.length)
    })
    return [fitEnd(file, fileWidth), ...cells].join('  ')
  })
  return [[' '.repeat(fileWidth), ...head].join('  '), ...lines].map(line => line.trimEnd())
}

/** Cuts the start of a path, because its end is more informative. */
function fitEnd(file: string, columns: number): string {
  if (widthOf(file) <= columns) return padText(file, columns)
  const reversed = (text: string): string => Array.from(text).toReversed().join('')
  return padText(reversed(fitText(reversed(file), columns)), columns)
}
