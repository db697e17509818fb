import assert from 'node:assert/strict'
import type { ErrorRecord } from '../../../src/event/run-event.js'
import type { GatewayFault } from '../../../src/host/gateway/gateway-fault.js'
import { strongerAbort, type AttemptAbort } from '../../../src/host/attempt/attempt-abort.js'
import { applyAbort, judgeAttempt, type AttemptOutcome } from '../../../src/host/attempt/judge-attempt.js'
import type { WorkerReport } from '../../../src/script/worker-messages.js'

const counts = { passed: 1, failed: 1, pending: 0 }
const error = (message: string, code?: string): ErrorRecord => ({
  name: 'Error',
  message,
  ...(code !== undefined && { code }),
})
const lost = (workerEnd: WorkerReport['workerEnd']): Omit<WorkerReport, 'started'> => ({
  verdict: 'failed',
  counts,
  error: error('the process ended', 'BATON_WORKER_LOST'),
  workerEnd: workerEnd ?? {},
})

/** Every way in which a worker can end, by the name that the table below has for it. */
const workerEnds = {
  passed: { verdict: 'passed', counts },
  skipped: { verdict: 'skipped', counts },
  'tests failed': { verdict: 'failed', counts },
  'module failed': { verdict: 'failed', counts, error: error('it threw') },
  'timed out': { verdict: 'failed', counts, error: error('too slow', 'BATON_MODULE_TIMEOUT') },
  exited: lost({ exitCode: 0 }),
  'exited with 7': lost({ exitCode: 7 }),
  'killed by SIGKILL': lost({ signal: 'SIGKILL' }),
  'killed by SIGTERM': lost({ signal: 'SIGTERM' }),
  'out of memory': lost({ signal: 'SIGABRT' }),
  'not spawned': lost({}),
  stopped: { verdict: 'interrupted', counts },
} satisfies Record<string, Omit<WorkerReport, 'started'>>

const refusal: ErrorRecord = { ...error('a1: no room', 'BATON_APP_REFUSED'), device: 'a1', hint: 'make room' }

const fault = (device: string, kind: GatewayFault['kind'], message: string): GatewayFault => ({
  device,
  kind,
  message,
  at: 1,
})
const sessionGone = fault('a1', 'session', 'invalid session id')
const hostGone = fault('a2', 'upstream', 'the host of a2 does not answer')
const windowClosed = fault('a1', 'script', 'invalid session id')

/** What went wrong with the sessions and devices, oldest first. */
const faultLists: Record<'none' | 'session' | 'device' | 'both' | 'window' | 'window and device', GatewayFault[]> = {
  none: [],
  session: [sessionGone],
  device: [hostGone],
  both: [hostGone, sessionGone],
  window: [windowClosed, windowClosed],
  'window and device': [windowClosed, hostGone],
}

/** Whether a device refused an app, and whose app that was. */
const refusals = { none: undefined, 'of the run': true, 'of the device': false }

const aborts = {
  none: undefined,
  'lease-lost': { type: 'lease-lost', reason: 'it lapsed' },
  'device-lost': { type: 'device-lost', device: 'a1', reason: 'a1 was unplugged' },
  cancelled: { type: 'cancelled', reason: 'Ctrl-C' },
  'host-stopping': { type: 'host-stopping' },
} satisfies Record<string, AttemptAbort | undefined>

interface Case {
  end: keyof typeof workerEnds
  started: boolean
  faults: keyof typeof faultLists
  refusal: keyof typeof refusals
  abort: keyof typeof aborts
}

/** Only combinations that can happen: a refusal or a spawn that failed comes before the start, a result of tests after it. */
function* allCases(): Generator<Case> {
  for (const end of keysOf(workerEnds)) {
    for (const started of [true, false]) {
      for (const faults of keysOf(faultLists)) {
        for (const refusal of keysOf(refusals)) {
          if (refusal !== 'none' && (started || end !== 'module failed')) continue
          if (!started && ['passed', 'skipped', 'tests failed', 'timed out'].includes(end)) continue
          if (started && end === 'not spawned') continue
          for (const abort of keysOf(aborts)) yield { end, started, faults, refusal, abort }
        }
      }
    }
  }
}

type Expected = Pick<AttemptOutcome, 'verdict'> & {
  reason?: string | undefined
  refusedBy?: string
  cancelled?: string
  /** Code or message of the error that the report shows. */
  error?: string
}

const infrastructure = (reason: string, shown: string): Expected => ({
  verdict: 'infrastructure',
  reason,
  error: shown,
})
const fails = ['module failed', 'timed out', 'exited', 'exited with 7', 'out of memory'] as const

/** The first row that fits a case says how it is judged; a field that is left out fits anything. */
const table: [Partial<{ [Key in keyof Case]: Case[Key] | readonly Case[Key][] }>, Expected][] = [
  // The lease is over: nothing else counts.
  [{ abort: 'lease-lost' }, infrastructure('it lapsed', 'BATON_LEASE_LOST')],

  // A result stands, also if something stopped the attempt in the same moment.
  [{ end: 'passed' }, { verdict: 'passed' }],
  [{ end: 'skipped' }, { verdict: 'skipped' }],
  [{ end: 'tests failed', faults: 'none' }, { verdict: 'failed' }],
  [
    { end: 'module failed', started: true, faults: 'none' },
    { verdict: 'failed', error: 'it threw' },
  ],
  [
    { end: 'timed out', faults: 'none' },
    { verdict: 'failed', error: 'BATON_MODULE_TIMEOUT' },
  ],
  [
    { end: ['exited', 'exited with 7'], started: true, faults: 'none' },
    { verdict: 'failed', error: 'BATON_WORKER_LOST' },
  ],
  [
    { end: 'out of memory', started: true, faults: 'none' },
    { verdict: 'failed', error: 'BATON_WORKER_LOST' },
  ],

  // Whatever failed after the script closed its last window is its own doing.
  [
    { end: ['tests failed', 'timed out'], faults: 'window' },
    { verdict: 'failed', error: 'BATON_LAST_WINDOW_CLOSED' },
  ],
  [
    { end: fails, started: true, faults: 'window' },
    { verdict: 'failed', error: 'BATON_LAST_WINDOW_CLOSED' },
  ],

  // Without a result, a cancelled run ends the module.
  [{ abort: 'cancelled' }, { verdict: 'interrupted', cancelled: 'Ctrl-C' }],

  // It was stopped.
  [{ end: 'stopped', abort: 'device-lost' }, infrastructure('a1 was unplugged', 'BATON_DEVICE_LOST')],
  [{ end: 'stopped' }, { verdict: 'interrupted' }],

  // A device refused the run's own app. Refusing an app of devices.json is infrastructure like any other.
  [
    { refusal: 'of the run' },
    { verdict: 'infrastructure', reason: 'no room; make room', refusedBy: 'a1', error: 'BATON_APP_REFUSED' },
  ],

  // The first fault of a session or device explains the failure, whatever else the worker saw.
  [{ faults: 'session' }, infrastructure('a1: invalid session id', 'BATON_SESSION_LOST')],
  [
    { faults: ['device', 'both', 'window and device'] },
    infrastructure('a2: the host of a2 does not answer', 'BATON_SESSION_LOST'),
  ],

  // It never started, so the module can't be to blame.
  [{ refusal: 'of the device' }, infrastructure('a1: no room', 'BATON_APP_REFUSED')],
  [{ end: 'module failed', started: false }, infrastructure('it threw', 'it threw')],
  [{ end: fails, started: false }, infrastructure('the process ended', 'BATON_WORKER_LOST')],
  [
    { end: ['not spawned', 'killed by SIGKILL', 'killed by SIGTERM'], started: false },
    infrastructure('the process ended', 'BATON_WORKER_LOST'),
  ],

  // Somebody killed the worker.
  [
    { end: 'killed by SIGKILL' },
    infrastructure('its worker was killed by SIGKILL', 'its worker was killed by SIGKILL'),
  ],
  [
    { end: 'killed by SIGTERM' },
    infrastructure('its worker was killed by SIGTERM', 'its worker was killed by SIGTERM'),
  ],
]

describe('judgeAttempt', () => {
  const cases = [...allCases()]

  it('judges every combination as in the table', () => {
    assert.ok(cases.length > 300, `${cases.length} cases`)
    for (const each of cases) {
      const row = rowOf(each)
      assert.ok(row, `no row for ${JSON.stringify(each)}`)
      assert.deepEqual(shown(judge(each)), row[1], JSON.stringify(each))
    }
  })

  it('has no unused row', () => {
    const used = new Set(cases.map(rowOf))
    assert.deepEqual(
      table.filter(row => !used.has(row)),
      [],
    )
  })

  it('gives the same outcome if the abort is applied again, as the host does before it records', () => {
    for (const each of cases) {
      const outcome = judge(each)
      assert.deepEqual(applyAbort(outcome, aborts[each.abort]), outcome, JSON.stringify(each))
    }
  })

  it('applies an abort that comes after the judgement like an earlier one, unless there is a result', () => {
    for (const each of cases.filter(({ abort }) => abort === 'none')) {
      for (const abort of keysOf(aborts)) {
        const late = applyAbort(judge(each), aborts[abort])
        assert.deepEqual(late, judge({ ...each, abort }), JSON.stringify({ ...each, abort }))
      }
    }
  })
})

describe('a fault of a device that is found next to a failure', () => {
  const deviceFaults = [{ device: 'a1', message: 'the lock screen was in front' }]
  const facts = { faults: [], deviceFaults, hasRunApp: false }

  it('makes a failed attempt infrastructure', () => {
    const outcome = judgeAttempt({ ...facts, report: { ...workerEnds['tests failed'], started: true } })
    assert.equal(outcome.verdict, 'infrastructure')
    assert.equal(outcome.error?.code, 'BATON_DEVICE_UNFIT')
    assert.match(outcome.error.message, /a1: the lock screen was in front/)
  })

  it('changes nothing if the module passed in the end', () => {
    const report = { ...workerEnds.passed, started: true }
    assert.equal(judgeAttempt({ ...facts, report }).verdict, 'passed')
  })
})

describe('a broken network to the host of a device', () => {
  const unreachable = { device: 'a1', message: 'its host gave no sign of life' }
  const verdictOf = (end: 'passed' | 'tests failed'): AttemptOutcome =>
    judgeAttempt({
      report: { ...workerEnds[end], started: true, unreachable },
      faults: [],
      deviceFaults: [],
      hasRunApp: false,
    })

  it('makes a failed attempt infrastructure, and leaves a passed one as it is', () => {
    const failed = verdictOf('tests failed')
    assert.equal(failed.verdict, 'infrastructure')
    assert.equal(failed.error?.code, 'BATON_DEVICE_LOST')
    assert.equal(verdictOf('passed').verdict, 'passed')
  })
})

describe('strongerAbort', () => {
  const order = ['host-stopping', 'device-lost', 'cancelled', 'lease-lost'] as const

  it('keeps the abort that decides more, in whichever order the two come', () => {
    for (const [weak, one] of order.entries()) {
      for (const [strong, other] of order.entries()) {
        assert.equal(strongerAbort(aborts[one], aborts[other]).type, order[Math.max(weak, strong)])
      }
    }
  })

  it('keeps the first of two equal ones', () => {
    const first: AttemptAbort = { type: 'cancelled', reason: 'first' }
    assert.equal(strongerAbort(first, { type: 'cancelled', reason: 'second' }), first)
  })
})

function judge({ end, started, faults, refusal: refused, abort }: Case): AttemptOutcome {
  const report: WorkerReport = { ...workerEnds[end], started, ...(refused !== 'none' && { error: refusal }) }
  return judgeAttempt({
    report,
    faults: faultLists[faults],
    deviceFaults: [],
    hasRunApp: refusals[refused] ?? false,
    abort: aborts[abort],
  })
}

function rowOf(each: Case): (typeof table)[number] | undefined {
  return table.find(([pattern]) =>
    keysOf(pattern).every(key => [pattern[key]].flat().some(wanted => wanted === each[key])),
  )
}

function shown({ error: shownError, ...outcome }: AttemptOutcome): Expected {
  return { ...outcome, ...(shownError && { error: shownError.code ?? shownError.message }) }
}

function keysOf<Table extends object>(object: Table): (keyof Table)[] {
  return Object.keys(object) as (keyof Table)[]
}
