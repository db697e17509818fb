import type { Step } from '../export/trace-steps.js'
import { formatDuration } from '../plain-text.js'
import { html, type SafeHtml } from './html.js'

const width = 1_000
const labelWidth = 110
const laneHeight = 34
const barHeight = 18

/** Steps with their ids in the page. */
export type NumberedStep = Step & { id: string }

/** A lane for each role: calls as bars, waits hatched, passes as arrows. */
export function lanes(steps: readonly NumberedStep[], roles: readonly string[], prefix: string): SafeHtml {
  const first = Math.min(...steps.map(({ start }) => start))
  const last = Math.max(...steps.map(({ start, end = start }) => Math.max(start, end)))
  const scale = (width - labelWidth - 10) / Math.max(1, last - first)
  const x = (at: number): number => round(labelWidth + (at - first) * scale)
  const y = (role: string): number => laneHeight * (Math.max(0, roles.indexOf(role)) + 1)
  const height = laneHeight * (roles.length + 1)
  const hatch = `${prefix}-hatch`
  const label = `${roles.length} devices over ${formatDuration(last - first)}; the steps are listed below`
  return html`<div class="lanes" tabindex="0" role="group" aria-label="${label}">
    <svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
      <defs>
        <pattern id="${hatch}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line class="hatch" x1="0" y1="0" x2="0" y2="6" />
        </pattern>
      </defs>
      <text x="${labelWidth}" y="16">0</text>
      <text x="${width - 10}" y="16" text-anchor="end">${formatDuration(last - first)}</text>
      ${roles.map(role => lane(role, y(role)))}
      ${steps.filter(({ kind }) => kind === 'command' || kind === 'wait').map(step => bar(step, { x, y, last, hatch }))}
      ${steps.map(step => arrow(step, x, y))}
    </svg>
  </div>`
}

function lane(role: string, y: number): SafeHtml {
  const short = role.length > 15 ? `${role.slice(0, 14)}…` : role
  return html`<line class="rule" x1="0" y1="${y - 6}" x2="${width}" y2="${y - 6}" /><text
      class="role"
      x="6"
      y="${y + 13}"
      >${short}<title>${role}</title></text
    >`
}

interface Scale {
  x: (at: number) => number
  y: (role: string) => number
  /** The end of the picture: for what had not ended. */
  last: number
  hatch: string
}

function bar({ id, kind, role, text, start, end, error }: NumberedStep, { x, y, last, hatch }: Scale): SafeHtml {
  const until = end ?? last
  const wide = round(Math.max(2, x(until) - x(start)))
  const fill =
    error !== undefined ? html` class="bad"` : kind === 'wait' ? html` fill="url(#${hatch})"` : html` class="call"`
  const took = end === undefined ? 'not ended' : formatDuration(end - start)
  const about = `${role}: ${text} (${took})${error === undefined ? '' : `: ${error}`}`
  return html`<a href="#${id}" aria-label="${about}"
    ><rect x="${x(start)}" y="${y(role)}" width="${wide}" height="${barHeight}" rx="2" ${fill}
      ><title>${about}</title></rect
    ></a
  >`
}

function arrow({ kind, role, from, start }: NumberedStep, x: Scale['x'], y: Scale['y']): SafeHtml | undefined {
  if (kind !== 'pass' || from === undefined) return undefined
  const isDown = y(from) < y(role)
  const [y1, y2] = [y(from) + barHeight / 2, isDown ? y(role) : y(role) + barHeight]
  const at = x(start)
  const back = isDown ? y2 - 6 : y2 + 6
  return html`<line class="pass" x1="${at}" y1="${y1}" x2="${at}" y2="${y2}" /><path
      class="head"
      d="M${at} ${y2} L${at - 4} ${back} L${at + 4} ${back} Z"
      ><title>${from} → ${role}</title></path
    >`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
