import assert from 'node:assert/strict'
import type { RunEvent } from '../../../src/event/run-event.js'
import type { ModuleVerdict } from '../../../src/event/verdicts.js'
import { auditCommands, auditRun, leasesByMark, parseAccessLog } from '../../chaos/audit-chaos.js'

const listing = { id: 'm', file: 'm.ts', firstRole: 'a', roles: { a: 'x' } }
const start: RunEvent = { type: 'run:start', version: 1, run: 'r', modules: [listing], options: {}, at: 1 }
const end = (verdict: ModuleVerdict, reasons: string[] = []): RunEvent => ({
  type: 'module:end',
  module: 'm',
  verdict,
  attempts: 1,
  reasons,
  at: 2,
})
const attempt = (lease: string): RunEvent => ({
  type: 'attempt:start',
  module: 'm',
  lease,
  attempt: 1,
  host: 'h',
  devices: { a: 'd' },
  at: 1,
})
const view = (reader: string, ...events: RunEvent[]) => ({ reader, events: [start, ...events] })

describe('the auditor of a chaos run', () => {
  it('accepts a run in which each module passed once, and counts wasted attempts', () => {
    const first = view('one', attempt('1'), attempt('2'), end('passed'))
    const recorded = new Map([['m', 'passed']])
    const audit = auditRun({ run: 'r', views: [first, view('two', end('passed'))], recorded })
    assert.deepEqual(audit, { modules: 1, struckOut: 0, wasted: 1, violations: [] })
  })

  it('counts a module that infrastructure failed three times apart', () => {
    const audit = auditRun({ run: 'r', views: [view('one', end('lost', ['x', 'y', 'z']))] })
    assert.deepEqual([audit.struckOut, audit.violations], [1, []])
  })

  const violated: [string, Parameters<typeof auditRun>[0], RegExp][] = [
    ['a module without a result', { run: 'r', views: [view('one')] }, /m has no result/],
    ['a module with two', { run: 'r', views: [view('one', end('passed'), end('passed'))] }, /m end twice/],
    ['a lost module', { run: 'r', views: [view('one', end('lost', ['x']))] }, /m is lost: x/],
    ['a failed module', { run: 'r', views: [view('one', end('failed'))] }, /m is failed/],
    [
      'two readers that disagree',
      { run: 'r', views: [view('one', end('passed')), view('two', end('lost', ['x', 'y', 'z']))] },
      /readers disagree on m: passed, lost/,
    ],
    [
      'a reader that disagrees with the record',
      { run: 'r', views: [view('one', end('passed'))], recorded: new Map([['m', 'lost']]) },
      /readers disagree on m: passed, lost/,
    ],
  ]
  for (const [what, run, expected] of violated) {
    it(`finds ${what}`, () => {
      const { violations } = auditRun(run)
      assert.match(violations.join('\n'), expected)
    })
  }

  it('finds commands of two attempts at once, and of a lease that is over', () => {
    const printed = (lease: string, mark: string): RunEvent => ({
      type: 'log',
      module: 'm',
      lease,
      stream: 'stdout',
      text: `mark ${mark}`,
      at: 1,
    })
    const leases = leasesByMark([printed('7', 'old'), printed('8', 'new')])
    const fine = parseAccessLog('1 d old\n2 d old\n3 d new\n4 e old\n')
    assert.deepEqual(auditCommands(fine, leases), { commands: 4, violations: [] })
    const zombie = auditCommands(parseAccessLog('1 d old\n2 d new\n3 d old\n'), leases)
    assert.match(zombie.violations.join('\n'), /d took a command of old at 3, after one of new/)
    const late = auditCommands(parseAccessLog('1 d new\n2 d old\n'), leases)
    assert.match(late.violations.join('\n'), /d took a command of lease 7 at 2, after lease 8/)
  })
})
