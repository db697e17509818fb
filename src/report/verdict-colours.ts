import type { ReportedVerdict } from '../event/verdicts.js'
import type { Colour } from './paint.js'

export const verdictColours: Record<ReportedVerdict, Colour> = {
  passed: 'green',
  failed: 'red',
  flaky: 'yellow',
  skipped: 'cyan',
  lost: 'red',
  interrupted: 'yellow',
  'not-run': 'yellow',
}
