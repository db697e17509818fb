import assert from 'node:assert/strict'
import type { RunFlags } from '../../../src/cli/run-settings.js'
import { validateSelection } from '../../../src/cli/read-selection.js'

const flags = (given: Partial<RunFlags>): RunFlags => ({ output: 'baton-report', ...given })

describe('the arguments of a run', () => {
  it('are globs, a plan, or --last-failed', () => {
    validateSelection(['m'], flags({}))
    validateSelection([], flags({ plan: 'plan.json' }))
    validateSelection([], flags({ lastFailed: true }))
    validateSelection(['m'], flags({ lastFailed: true, every: true, shard: { index: 1, count: 2 } }))
    assert.throws(() => validateSelection([], flags({ every: true })), /expected the modules to run/)
  })

  it("can't combine a plan with globs or --every", () => {
    const beside = (given: Partial<RunFlags>, globs: string[] = []) => {
      return () => validateSelection(globs, flags({ plan: 'plan.json', ...given }))
    }
    assert.throws(beside({}, ['m']), /found both: m/)
    assert.throws(beside({ every: 'tablet' }), /expected --plan or --every, found both/)
    assert.throws(beside({ shard: { index: 1, count: 2 } }), /--shard can't divide a plan/)
    beside({ lastFailed: true })()
  })
})
