import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { reportedVerdicts } from '../../../src/event/verdicts.js'

describe('docs/reports.md', () => {
  it('has a row for every verdict of a module and for nothing else', () => {
    const [, rows = ''] = readFileSync('docs/reports.md', 'utf8').split(/^\| verdict .*\n\| -.*\n/m)
    const [table = ''] = rows.split(/^(?!\|)/m)
    const documented = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, verdict]) => verdict)
    assert.deepEqual(documented, [...reportedVerdicts])
  })
})
