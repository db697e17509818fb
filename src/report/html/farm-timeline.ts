import { countOf } from '../../error/closest-name.js'
import { formatDuration } from '../plain-text.js'
import type { RunRecord } from '../run-record.js'
import { html, type SafeHtml } from './html.js'

/** An attempt on a lane: milliseconds since the start of the run, the module's index, what it is drawn as, attempt. */
type Bar = [start: number, duration: number, module: number, kind: number, attempt: number]

/** How an attempt is drawn; the page's script knows the indexes. */
const kinds = ['passed', 'failed', 'infrastructure', 'other'] as const

interface Lane {
  device: string
  bars: Bar[]
  busyMs: number
}

/** What each device did when: a lane for each, drawn by the page's script, and the same as a table. */
export function farmTimeline(record: RunRecord): SafeHtml | undefined {
  const lanes = lanesOf(record)
  if (lanes.length === 0) return undefined
  // Their names are in the page already.
  const modules = record.modules.map(({ id }) => id).join('\n')
  const data = { durationMs: lengthOf(record, lanes), lanes: lanes.map(({ device, bars }) => [device, bars]), modules }
  const busy = lanes.reduce((sum, { busyMs }) => sum + busyMs, 0)
  const used = percent(busy, data.durationMs * lanes.length)
  return html`<section aria-labelledby="farm-title">
    <h2 id="farm-title">Devices</h2>
    <p class="dim">
      ${countOf(lanes.length, 'device')} ${lanes.length === 1 ? 'was' : 'were'} busy for ${used} of
      ${formatDuration(data.durationMs)}. Green passed, red failed, yellow had a device problem.
    </p>
    <div class="zoom">
      <button type="button" id="zoom-in">Zoom in</button> <button type="button" id="zoom-out">Zoom out</button>
      <output id="farm-about" class="dim">Point at a bar to see its module; click to open it.</output>
    </div>
    <div id="farm" tabindex="0" role="group" aria-label="Devices over time; the table below has the same">
      <canvas aria-hidden="true" data-farm="${JSON.stringify(data)}"></canvas>
      <div></div>
    </div>
    <details>
      <summary>Table of devices</summary>
      <table>
        <thead>
          <tr>
            <th>Device</th>
            <th>Modules</th>
            <th>Busy</th>
            <th>Longest gap</th>
          </tr>
        </thead>
        <tbody>
          ${lanes.map(lane => laneRow(lane, data.durationMs))}
        </tbody>
      </table>
    </details>
  </section>`
}

function laneRow({ device, bars, busyMs }: Lane, durationMs: number): SafeHtml {
  const ends = [0, ...bars.map(([start, duration]) => start + duration)]
  const starts = [...bars.map(([start]) => start), durationMs]
  const gap = Math.max(0, ...starts.map((start, index) => start - (ends[index] ?? 0)))
  return html`<tr>
    <td>${device}</td>
    <td>${bars.length}</td>
    <td>${percent(busyMs, durationMs)}</td>
    <td>${formatDuration(gap)}</td>
  </tr>`
}

/** By name, with the bars in the order of their starts. */
function lanesOf({ startedAt, modules }: RunRecord): Lane[] {
  const lanes = new Map<string, Lane>()
  for (const [index, { attempts }] of modules.entries()) {
    for (const { devices, startedAt: start, durationMs, verdict, attempt = 1 } of attempts) {
      const kind = kinds.findIndex(known => known === verdict)
      const bar: Bar = [
        Math.max(0, Math.round(start - startedAt)),
        Math.round(durationMs),
        index,
        kind < 0 ? kinds.length - 1 : kind,
        attempt,
      ]
      for (const device of new Set(Object.values(devices))) {
        const lane = lanes.get(device) ?? { device, bars: [], busyMs: 0 }
        lanes.set(device, lane)
        lane.bars.push(bar)
        lane.busyMs += bar[1]
      }
    }
  }
  for (const { bars } of lanes.values()) bars.sort(([one], [other]) => one - other)
  return [...lanes.values()].toSorted((one, other) => one.device.localeCompare(other.device, 'en', { numeric: true }))
}

/** Clocks of hosts differ: an attempt may end after the run. */
function lengthOf({ durationMs }: RunRecord, lanes: readonly Lane[]): number {
  let last = Math.max(1, Math.round(durationMs))
  for (const { bars } of lanes) for (const [start, duration] of bars) last = Math.max(last, start + duration)
  return last
}

function percent(part: number, whole: number): string {
  return `${Math.min(100, Math.round((part / Math.max(1, whole)) * 100))} %`
}
