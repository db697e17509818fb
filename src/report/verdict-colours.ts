import type { Colour } from './paint.js'
import type { RecordedVerdict } from './run-record.js'

export const verdictColours: Record<RecordedVerdict, Colour> = {
  passed: 'green',
  failed: 'red',
  flaky: 'yellow',
  skipped: 'cyan',
  lost: 'red',
  interrupted: 'yellow',
  'not-run': 'yellow',
}
