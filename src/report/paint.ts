import { inspect } from 'node:util'
import type { ReportedVerdict } from '../event/verdicts.js'

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'gray' | 'bold'

export type Paint = (colour: Colour, text: string) => string

/**
 * @param on - false: text stays as it is. Not `styleText` of node:util, which since Node 22 decides by stdout, although
 *   the text may go elsewhere
 */
export function createPaint(on: boolean): Paint {
  if (!on) return (_colour, text) => text
  return (colour, text) => {
    const [open, close] = inspect.colors[colour] ?? [0, 0]
    return `\u001B[${open}m${text}\u001B[${close}m`
  }
}

export const verdictColours: Record<ReportedVerdict, Colour> = {
  passed: 'green',
  failed: 'red',
  flaky: 'yellow',
  skipped: 'cyan',
  lost: 'red',
  interrupted: 'yellow',
  'not-run': 'yellow',
}
