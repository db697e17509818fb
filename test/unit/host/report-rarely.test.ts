import assert from 'node:assert/strict'
import { BatonError } from '../../../src/error/baton-error.js'
import { reportRarely } from '../../../src/host/report-rarely.js'

describe('errors that end nothing', () => {
  it('are logged once if the same one comes several times in a row', () => {
    const lines: string[] = []
    const report = reportRarely(line => lines.push(line))
    const full = (): BatonError => new BatonError('BATON_REDIS', 'Redis is full.', { hint: 'give it more memory' })
    for (const error of [full(), full(), new Error('other'), full()]) report(error)
    assert.deepEqual(lines, [full().format(), 'Error: other', full().format()])
  })
})
