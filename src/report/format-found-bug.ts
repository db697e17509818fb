import { countOf } from '../error/closest-name.js'
import { describeHold } from '../explore/describe-operation.js'
import type { Minimised } from '../explore/iteration.js'
import { regressionTest } from '../explore/regression-test.js'
import type { Hold, Schedule } from '../explore/schedule.js'
import { plainLine, plainTitle, shorten } from './plain-text.js'
import { drawSchedule, type PictureStyle } from './schedule-picture.js'

/** Characters shown of a message. */
const messageShown = 500

export interface BugToShow {
  /** Of the bugs of its module, from 1. */
  number: number
  schedule: Schedule
  /** Iterations that failed with it. */
  times: number
  minimised?: Minimised
}

/** A bug as lines: what failed, the holds that make it happen, a picture, and a regression test. */
export function formatFoundBug(bug: BugToShow, style: PictureStyle): string[] {
  const { number, times, minimised } = bug
  const schedule = minimised?.schedule ?? bug.schedule
  const { error, test, holds, seed, strategy } = schedule
  const indented = { ...style, columns: style.columns - 2 }
  const facts = [
    style.paint('red', `bug ${number}: ${shorten(plainLine(error.message), messageShown)}`),
    `  ${plainTitle(test)}`,
    `  failed ${countOf(times, 'time')}, first with seed ${seed} (${plainLine(strategy)})`,
  ]
  // The order makes no difference.
  if (holds?.length === 0) return [...facts, `  ${style.paint('bold', withoutHolds(minimised))}`]
  return [
    ...facts,
    ...(holds ? holdLines(holds, schedule.places, style) : []),
    ...(minimised ? [`  ${reproduction(minimised)}`] : []),
    '',
    ...drawSchedule(schedule, indented).map(line => `  ${line}`),
    ...(holds ? ['', '  regression test:', ...regressionTest(schedule).trimEnd().split('\n').map(codeLine)] : []),
  ]
}

function withoutHolds(minimised: Minimised | undefined): string {
  const { reproduced = 0, repetitions = 0 } = minimised ?? {}
  return `fails without any hold: in natural order, it failed again ${reproduced} of ${repetitions} times`
}

function holdLines(holds: readonly Hold[], places: Schedule['places'], { paint }: PictureStyle): string[] {
  return holds.map(
    (hold, i) => `  ${holds.length > 1 ? `${i + 1}. ` : ''}${paint('bold', plainLine(describeHold(hold, places)))}`,
  )
}

function reproduction({ reproduced, repetitions, tries }: Minimised): string {
  if (repetitions === 0) return 'not reproduced by holds alone: the replay repeats the whole order'
  return `reproduced ${reproduced} of ${repetitions} times, after ${tries === 1 ? '1 try' : `${tries} tries`}`
}

function codeLine(line: string): string {
  return line === '' ? '' : `    ${plainLine(line.trimStart()).padStart(line.length)}`
}
