import { labelOperation } from '../explore/describe-operation.js'
import { parseOperationId } from '../explore/operation-id.js'
import type { Hold, Schedule } from '../explore/schedule.js'
import { fitText, widthOf } from './fit-text.js'
import type { Paint } from './paint.js'
import { plainLine } from './plain-text.js'

export interface PictureStyle {
  /** Width of the picture, at most. */
  columns: number
  paint: Paint
}

/** Rows of a picture without those around holds; what is between is left out. */
const maxRows = 30
const rowsBefore = 4
const rowsAfter = 2
const minLaneWidth = 12
const maxLaneWidth = 30
const segmenter = new Intl.Segmenter()

/**
 * A schedule as a picture: a lane for each device and one for the servers, time runs down. Marks the operations that were
 * held, and those until which they were held.
 */
export function drawSchedule(schedule: Pick<Schedule, 'trace' | 'holds'>, { columns, paint }: PictureStyle): string[] {
  const { trace, holds = [] } = schedule
  const lanes = lanesOf(trace)
  const marks = trace.map(id => marksOf(id, holds))
  const margin = Math.max(0, ...marks.map(widthOf)) + 1
  const laneWidth = Math.min(maxLaneWidth, Math.floor((columns - margin) / lanes.length))
  if (lanes.length < 2 || laneWidth < minLaneWidth) return listOf(trace, holds, { columns, paint })
  const layout: Layout = { lanes, laneWidth, width: lanes.length * laneWidth }
  const rows = shownRows(marks).map(row => {
    if (typeof row === 'string') return ' '.repeat(margin) + row
    const mark = (marks[row] ?? '').padEnd(margin)
    const drawn = drawOperation(trace[row] ?? '', layout).trimEnd()
    return marks[row] === '' ? mark + drawn : paint('yellow', mark) + paint('bold', drawn)
  })
  return [`${' '.repeat(margin)}${drawHeads(layout)}`, ...rows]
}

/** Role of each lane; undefined: the servers. */
type Lanes = readonly (string | undefined)[]

interface Layout {
  lanes: Lanes
  laneWidth: number
  width: number
}

/** The servers are in the middle, so that few messages cross the lane of another device. */
function lanesOf(trace: readonly string[]): Lanes {
  const roles = [...new Set(trace.flatMap(id => parseOperationId(id)?.role ?? []))]
  const middle = Math.ceil(roles.length / 2)
  const hasMessages = trace.some(id => parseOperationId(id)?.isUp !== undefined)
  return hasMessages ? [...roles.slice(0, middle), undefined, ...roles.slice(middle)] : roles
}

function marksOf(id: string, holds: readonly Hold[]): string {
  const numbers = (key: keyof Hold): string[] => holds.flatMap((hold, i) => (hold[key] === id ? [`${i + 1}`] : []))
  const [held, until] = [numbers('operation'), numbers('until')]
  const isChoice = parseOperationId(id)?.kind === 'choice'
  return [
    ...(until.length > 0 ? [`${isChoice ? 'chosen' : 'until'} ${until.join(',')}`] : []),
    ...(held.length > 0 ? [`held ${held.join(',')}`] : []),
  ].join(' ')
}

/** Indexes of the operations that are shown, and what replaces the others. */
function shownRows(marks: readonly string[]): (number | string)[] {
  const marked = marks.flatMap((mark, i) => (mark === '' ? [] : [i]))
  const isNear = (row: number): boolean => marked.some(i => row >= i - rowsBefore && row <= i + rowsAfter)
  const isShown = (row: number): boolean =>
    marks.length <= maxRows || isNear(row) || row >= marks.length - (marked.length > 0 ? rowsAfter : maxRows)
  const rows: (number | string)[] = []
  let left = 0
  for (let row = 0; row <= marks.length; row++) {
    const isEnd = row === marks.length
    if (!isEnd && !isShown(row)) left++
    else {
      if (left > 0) rows.push(`⋮ ${left} more`)
      left = 0
      if (!isEnd) rows.push(row)
    }
  }
  return rows
}

function drawHeads({ lanes, laneWidth }: Layout): string {
  const heads = lanes.map(lane => {
    const head = fitText(plainLine(lane ?? 'server'), laneWidth - 1)
    return head + ' '.repeat(laneWidth - widthOf(head))
  })
  return heads.join('').trimEnd()
}

/** A message is an arrow between two lanes; anything else is a dot on the lane of its device. */
function drawOperation(id: string, { lanes, laneWidth, width }: Layout): string {
  const cells: string[] = Array.from({ length: width }, () => ' ')
  for (const lane of lanes.keys()) cells[lane * laneWidth] = '│'
  const parts = parseOperationId(id)
  const label = plainLine(labelOperation(id))
  const at = Math.max(0, lanes.indexOf(parts?.role ?? '')) * laneWidth
  if (parts?.isUp === undefined) {
    cells[at] = '●'
    place(cells, at + 2, fitText(label, laneWidth - 3))
    return cells.join('')
  }
  const serverAt = lanes.indexOf(undefined) * laneWidth
  const [left, right] = [Math.min(at, serverAt), Math.max(at, serverAt)]
  for (let x = left + 1; x < right; x++) cells[x] = cells[x] === '│' ? '┼' : '─'
  const isToRight = parts.isUp === at < serverAt
  cells[isToRight ? right - 1 : left + 1] = isToRight ? '▶' : '◀'
  // Between the device and the lane next to it: the label must not hide a lane.
  const text = ` ${fitText(label, laneWidth - 5)} `
  place(cells, (at < serverAt ? at : at - laneWidth) + Math.floor((laneWidth - widthOf(text)) / 2) + 1, text)
  return cells.join('')
}

/** Writes text into cells; a wide character takes two. */
function place(cells: string[], start: number, text: string): void {
  let x = start
  for (const { segment } of segmenter.segment(text)) {
    const width = widthOf(segment)
    if (width === 0) continue
    cells[x] = segment
    if (width > 1) cells[x + 1] = ''
    x += width
  }
}

/** For terminals that are too narrow for lanes. */
function listOf(trace: readonly string[], holds: readonly Hold[], { columns, paint }: PictureStyle): string[] {
  const marks = trace.map(id => marksOf(id, holds))
  return shownRows(marks).map(row => {
    if (typeof row === 'string') return row
    const text = fitText(`${marks[row] === '' ? '' : `${marks[row]}: `}${plainLine(trace[row] ?? '')}`, columns)
    return marks[row] === '' ? text : paint('yellow', text)
  })
}
