import assert from 'node:assert/strict'
import type { RunEvent } from '../../../src/event/run-event.js'
import { exitCodeOfVerdicts, type ModuleVerdict } from '../../../src/event/verdicts.js'
import { RunProgress } from '../../../src/run/run-progress.js'

const end = (module: string, verdict: ModuleVerdict): RunEvent => ({
  type: 'module:end',
  module,
  verdict,
  attempts: 1,
  at: 0,
})

describe('the progress of a run', () => {
  it('counts the first end of a module and drops repeated ones', () => {
    const progress = new RunProgress(['1', '2'])
    assert.equal(progress.accept(end('1', 'passed')), true)
    assert.equal(progress.accept(end('1', 'not-run')), false)
    assert.equal(progress.done, false)
    assert.equal(progress.accept(end('2', 'failed')), true)
    assert.equal(progress.done, true)
    assert.deepEqual(
      [...progress.verdicts],
      [
        ['1', 'passed'],
        ['2', 'failed'],
      ],
    )
  })

  it('lets every other event through', () => {
    const progress = new RunProgress(['1'])
    const event: RunEvent = { type: 'run:end', exitCode: 0, durationMs: 1, at: 0 }
    assert.equal(progress.accept(event), true)
    assert.equal(progress.done, false)
  })

  it('ends the remaining modules as not run, with the reason', () => {
    const progress = new RunProgress(['1', '2'])
    progress.accept(end('1', 'passed'))
    const closing = progress.close(7, 'the farm ended')
    assert.deepEqual(closing, [
      { type: 'module:end', module: '2', verdict: 'not-run', attempts: 0, reasons: ['the farm ended'], at: 7 },
    ])
    assert.equal(progress.done, true)
  })
})

describe('the exit code of a run', () => {
  const cases: [ModuleVerdict[], number][] = [
    [[], 0],
    [['passed', 'flaky', 'skipped'], 0],
    [['passed', 'failed', 'lost'], 1],
    [['passed', 'lost'], 3],
    [['not-run'], 3],
  ]
  for (const [verdicts, code] of cases) {
    it(`is ${code} for ${verdicts.join(', ') || 'nothing'}`, () => assert.equal(exitCodeOfVerdicts(verdicts), code))
  }
})
