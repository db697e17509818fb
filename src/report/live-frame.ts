import { countOf } from '../error/closest-name.js'
import { reportedVerdicts } from '../event/verdicts.js'
import { fitText, padText, widthOf } from './fit-text.js'
import type { DeviceActivity, RunningAttempt } from './device-activity.js'
import type { LiveView } from './live-view.js'
import { type Paint, verdictColours } from './paint.js'
import { plainLine, plainTitle } from './plain-text.js'

export interface FrameOptions {
  columns: number
  rows: number
  now: number
  paint: Paint
}

/** Columns of the time at the end of a line: `1:02:03`, and a space before it. */
const clockWidth = 8
const barWidth = 20

/**
 * The live view as lines, each no wider than the terminal: one for each device, then the progress. Devices take at most
 * half of the screen, so that a failure above them stays in sight.
 */
export function liveFrame(view: LiveView, options: FrameOptions): string[] {
  const max = Math.max(0, Math.floor(options.rows / 2) - 1)
  const all = [...view.state.activity.devices.values()]
  const fits = all.length <= max
  const shown = fits ? all : busyFirst(all).slice(0, Math.max(0, max - 1))
  const rest = all.filter(device => !shown.includes(device))
  return [
    ...deviceLines(shown, view, options),
    ...(fits || max === 0 ? [] : [options.paint('gray', fitText(countRest(rest), options.columns))]),
    progressLine(view, options),
  ]
}

/** Otherwise in the order in which they appeared, so that lines don't jump more than necessary. */
function busyFirst(devices: readonly DeviceActivity[]): DeviceActivity[] {
  return [...devices.filter(({ use }) => use), ...devices.filter(({ use }) => !use)]
}

function countRest(rest: readonly DeviceActivity[]): string {
  const busy = rest.filter(({ use }) => use).length
  const parts = [busy > 0 ? `${busy} busy` : '', rest.length > busy ? `${rest.length - busy} idle` : '']
  return `and ${rest.length} more devices: ${parts.filter(Boolean).join(', ')}`
}

function deviceLines(devices: readonly DeviceActivity[], view: LiveView, options: FrameOptions): string[] {
  const { columns, now, paint } = options
  const rows = devices.map(device => ({ device, ...rowOf(device, view) }))
  const nameWidth = Math.min(Math.floor(columns / 4), Math.max(0, ...rows.map(({ name }) => widthOf(name))))
  const fileWidth = Math.min(Math.floor(columns / 3), view.nameWidth)
  return rows.map(({ device, name, holds, file, what }) => {
    const head = padText(name, nameWidth)
    if (!device.use) {
      return `${head}   ${paint(device.trouble ? 'yellow' : 'gray', fitText(what, columns - nameWidth - 3))}`
    }
    const left = columns - nameWidth - fileWidth - clockWidth - 5
    // Too narrow for everything: what it does matters more than in which file.
    if (left < 10) return fitText(`${head} ${holds ? '▶' : ' '} ${what}`, columns)
    const mark = holds ? paint('green', '▶') : ' '
    const time = formatClock(now - view.attemptStartedAt(device.use.attempt.lease)).padStart(clockWidth)
    const text = padText(what, left)
    const doing = holds ? text : paint('gray', text)
    return `${head} ${mark} ${padText(file, fileWidth)}  ${doing}${paint('gray', time)}`
  })
}

interface Row {
  name: string
  holds: boolean
  file: string
  what: string
}

function rowOf({ name, use, trouble }: DeviceActivity, view: LiveView): Row {
  const device = plainLine(name)
  if (!use) return { name: device, holds: false, file: '', what: plainLine(trouble ?? 'idle') }
  const { attempt, role } = use
  const holds = !attempt.waits.has(name) && (attempt.acting.has(name) || attempt.holder === name)
  const acts = holds || attempt.holder === undefined
  return {
    name: device,
    holds,
    file: view.names.get(attempt.module) ?? '',
    what:
      (role === name ? '' : `as ${plainLine(role)}: `) +
      (waitOf(attempt, name) ?? (acts ? doingOf(attempt) : `${plainLine(attempt.holder ?? '')} has the baton`)),
  }
}

function waitOf({ waits }: RunningAttempt, device: string): string | undefined {
  const wait = waits.get(device)
  if (!wait) return undefined
  const what = wait.on === 'barrier' ? 'at barrier' : wait.on === 'signal' ? 'for signal' : 'for'
  return `waits ${what} ${plainLine(wait.name)}`
}

function doingOf({ title, loaded }: { title?: string[]; loaded: boolean }): string {
  if (title) return plainTitle(title)
  return loaded ? 'hooks' : 'loading'
}

/** `[=====     ] 3 of 12 modules: 2 passed, 1 failed; 2 running`, and how long the run has been going. */
function progressLine({ state, startedAt, names }: LiveView, { columns, now, paint }: FrameOptions): string {
  if (!state.started) return fitText('Preparing devices, servers and modules …', columns)
  const total = names.size
  const done = total - state.open.size
  const time = formatClock(now - startedAt).padStart(clockWidth)
  const filled = total === 0 ? 0 : Math.floor((barWidth * done) / total)
  const bar = `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] `
  const verdicts = reportedVerdicts.flatMap(verdict => {
    const count = verdict === 'interrupted' ? 0 : (state.ended.get(verdict) ?? 0)
    return count === 0 ? [] : [{ verdict, text: `${count} ${verdict.replace('-', ' ')}` }]
  })
  const head = `${done} of ${countOf(total, 'module')}${verdicts.length > 0 ? ': ' : ''}`
  // Sessions open first, which takes a moment.
  const { devices, running } = state.activity
  const waiting = devices.size === 0 && done < total ? '; waiting for devices' : ''
  const tail = running.size > 0 ? `; ${running.size} running` : waiting
  const whole = head + verdicts.map(({ text }) => text).join(', ') + tail
  const left = columns - clockWidth
  if (widthOf(whole) > left) return fitText(whole + time, columns)
  const painted = head + verdicts.map(({ verdict, text }) => paint(verdictColours[verdict], text)).join(', ') + tail
  const before = widthOf(bar) + widthOf(whole) <= left ? bar : ''
  return before + painted + ' '.repeat(left - widthOf(before) - widthOf(whole)) + paint('gray', time)
}

/** `0:04`, `12:34`, `1:02:03`. */
function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60]
  const tail = `${m}:${String(s).padStart(2, '0')}`
  return h === 0 ? tail : `${h}:${tail.padStart(5, '0')}`
}
