import { countOf } from '../error/closest-name.js'
import type { ExploreSummary } from '../explore/explore-summary.js'
import { formatDuration, plainLine } from './plain-text.js'

/** Parts of the time of an iteration that are shown. */
const timesShown = 5

/** The summary of an explored module as lines. */
export function formatExploreSummary(summary: ExploreSummary, bugs: number): string[] {
  const { iterations, failed, orders, lastFifth, decisions, averageMs } = summary
  if (iterations === 0) return []
  const percent = Math.round((failed / iterations) * 1_000) / 10
  return [
    `found ${countOf(bugs, 'bug')}: ${failed} of ${countOf(iterations, 'iteration')} failed (${percent} %)`,
    `orders     ${orders} different ones; ${lastFifth.newOrders} new in the last ${countOf(lastFifth.iterations, 'iteration')}`,
    ...completeness(summary),
    `decisions  ${decisions.min} to ${decisions.max}, ${Math.round(decisions.average * 10) / 10} on average`,
    `time       ${formatDuration(averageMs)} for an iteration${timesOf(summary)}`,
    ...timersOf(summary),
    ...uncontrolled(summary),
  ]
}

function completeness({ enumerated }: ExploreSummary): string[] {
  if (!enumerated) return []
  const points = countOf(enumerated.points, 'point')
  return enumerated.left === 0
    ? [`complete   all orders of up to ${points} were tried`]
    : [`complete   no: at least ${countOf(enumerated.left, 'order')} of up to ${points} left`]
}

function timesOf({ timesMs }: ExploreSummary): string {
  const shown = timesMs.filter(([, ms]) => ms >= 0.5).slice(0, timesShown)
  if (shown.length === 0) return ''
  return `: ${shown.map(([name, ms]) => `${plainLine(name)} ${formatDuration(ms)}`).join(', ')}`
}

function timersOf({ pageTimers: { ran, early } }: ExploreSummary): string[] {
  return ran === 0 ? [] : [`timers     ${countOf(ran, 'timer')} of pages ran, ${early} of them while messages waited`]
}

/** What was counted of what the scheduler did not control. */
function uncontrolled({ unbalanced, slowServer }: ExploreSummary): string[] {
  const all = [
    ...(slowServer > 0 ? [`a server answered too late ${countOf(slowServer, 'time')}`] : []),
    ...(unbalanced > 0 ? [`a page and its proxy did not agree ${countOf(unbalanced, 'time')}`] : []),
  ]
  return all.length === 0 ? [] : [`not controlled: ${all.join(', ')}`]
}
