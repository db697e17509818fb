import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { Iteration } from '../../../src/explore/iteration.js'
import type { Schedule } from '../../../src/explore/schedule.js'
import type { RunEvent } from '../../../src/event/run-event.js'
import { applyEvent, newRunState, type RunChange, type RunState } from '../../../src/report/run-state.js'

const ref = { module: 'chat', lease: '7', at: 2 }
const branch = { branch: 'bob', role: 'bob', device: 'bob', ...ref }
const modules = [
  { id: 'chat', file: 'test/chat.ts', firstRole: 'alice', roles: { alice: '', bob: '' }, suite: 'calls' },
]
const schedule: Schedule = {
  version: 1,
  module: 'chat.ts',
  bundleHash: 'b',
  seed: 4,
  strategy: 'random',
  test: ['rings'],
  holds: [{ operation: 'alice<POST /send', until: 'alice<received /chat read' }],
  trace: ['alice>POST /send', 'alice<received /chat read', 'alice<POST /send'],
  error: { message: 'expected read, found sent', signature: 's' },
}
const iteration: Iteration = {
  purpose: 'explore',
  seed: 4,
  strategy: 'random',
  verdict: 'failed',
  hadBranches: true,
  order: 'o',
  operations: 3,
  decisions: 1,
  unbalanced: 0,
  slowServer: 0,
  durationMs: 900,
  timesMs: { reset: 100 },
  schedule,
}

/** One event of each type, in an order in which they can happen. TypeScript demands that none is missing. */
const events: { [Type in RunEvent['type']]: Extract<RunEvent, { type: Type }> } = {
  'run:start': { type: 'run:start', version: 1, run: 'r', modules, options: { bail: true }, at: 1 },
  stage: { type: 'stage', stage: 'suite calls', state: 'begun', at: 1 },
  'device:state': { type: 'device:state', device: 'carol', host: 'lab', state: 'offline', reason: 'unplugged', at: 1 },
  'module:wait': { type: 'module:wait', module: 'chat', more: 2, roles: { bob: 'carol is offline' }, at: 2 },
  'attempt:start': { type: 'attempt:start', attempt: 1, host: 'lab', devices: { alice: 'alice', bob: 'bob' }, ...ref },
  'module:loaded': { type: 'module:loaded', tests: 1, ...ref },
  'test:start': { type: 'test:start', kind: 'test', title: ['rings'], retry: 0, ...ref },
  log: { type: 'log', stream: 'stdout', text: 'hello', ...ref },
  'baton:pass': { type: 'baton:pass', role: 'alice', device: 'alice', ...ref },
  'branch:start': { type: 'branch:start', ...branch },
  'branch:wait': { type: 'branch:wait', on: 'signal', name: 'ringing', ...branch },
  'branch:resume': { type: 'branch:resume', on: 'signal', name: 'ringing', ...branch },
  'barrier:arrive': { type: 'barrier:arrive', name: 'talking', missing: ['alice'], ...branch },
  signal: { type: 'signal', name: 'ringing', ...branch },
  network: { type: 'network', role: 'bob', device: 'bob', act: 'offline', ...ref },
  'branch:end': { type: 'branch:end', state: 'passed', ...branch },
  artifact: {
    type: 'artifact',
    attempt: 1,
    title: ['rings'],
    role: 'bob',
    device: 'bob',
    kind: 'screenshot',
    name: 'screenshot.png',
    bytes: 9,
    path: 'artifacts/screenshot.png',
    ...ref,
  },
  file: {
    type: 'file',
    attempt: 1,
    name: 'shots/one.png',
    change: 'added',
    bytes: 3,
    place: 'report',
    path: 'artifacts/one.png',
    reason: 'chat.ts wrote different content to it',
    ...ref,
  },
  warning: { type: 'warning', message: 'it looked for a file', hint: 'send it', ...ref },
  snapshots: { type: 'snapshots', counts: { matched: 1, added: 2, updated: 0, unmatched: 0, unchecked: 0 }, ...ref },
  'explore:iteration': { type: 'explore:iteration', iteration, ...ref },
  'explore:minimised': {
    type: 'explore:minimised',
    minimised: { schedule, tries: 9, reproduced: 10, repetitions: 10 },
    ...ref,
  },
  'test:end': { type: 'test:end', kind: 'test', title: ['rings'], state: 'failed', durationMs: 5, retry: 0, ...ref },
  'events:dropped': { type: 'events:dropped', count: 3, ...ref },
  'attempt:end': {
    type: 'attempt:end',
    attempt: 1,
    verdict: 'failed',
    durationMs: 9,
    counts: { passed: 0, failed: 1, pending: 0 },
    ...ref,
  },
  'module:end': { type: 'module:end', module: 'chat', verdict: 'failed', attempts: 1, lease: '7', at: 3 },
  'run:end': { type: 'run:end', exitCode: 1, durationMs: 4, at: 5 },
}

function reduce(all: readonly RunEvent[]): { state: RunState; changes: RunChange[] } {
  const state = newRunState()
  const changes = all.flatMap(event => applyEvent(state, event))
  return { state, changes }
}

describe('the state of a run', () => {
  it('is changed by every type of event, even if all others are missing', () => {
    // Reports show stages by their modules.
    const { stage, ...others } = events
    const stateAfter = (event: RunEvent): string =>
      inspect({ ...reduce([event]).state, firstAt: 0, lastAt: 0 }, false, 9)
    const ignored = Object.values(others).filter(event => stateAfter(event) === stateAfter({ ...stage, at: event.at }))
    assert.deepEqual(ignored, [])
  })

  it('reports what changed, suites around their modules', () => {
    const changes = reduce(Object.values(events)).changes.map(({ type }) => type)
    assert.deepEqual(changes, [
      'run-started',
      'device-trouble',
      'module-waiting',
      'suite-started',
      'attempt-started',
      'output',
      'warning',
      'events-dropped',
      // The file that is only in the report.
      'warning',
      'module-ended',
      'suite-ended',
    ])
  })

  it('has the summary of an artifact under its old name as well', () => {
    const state = newRunState()
    applyEvent(state, { ...events.artifact, summary: 'chat crashed' })
    const [artifact] = state.modules.get('chat')?.attempts.get('7')?.artifacts ?? []
    assert.equal(artifact?.summary, 'chat crashed')
    assert.equal(artifact.finding, 'chat crashed')
  })

  it('reports nothing twice, neither the end of a module nor a problem with a device', () => {
    const state = newRunState()
    for (const event of Object.values(events)) applyEvent(state, event)
    assert.deepEqual(applyEvent(state, events['module:end']), [])
    assert.deepEqual(applyEvent(state, events['device:state']), [])
    assert.deepEqual([...state.ended], [['failed', 1]])
  })

  it('tracks what devices do until the attempt ends', () => {
    const state = newRunState()
    const all = Object.values(events)
    for (const event of all.slice(0, all.indexOf(events['branch:resume']))) applyEvent(state, event)
    const use = state.activity.devices.get('bob')?.use
    assert.deepEqual([use?.role, use?.attempt.holder, use?.attempt.title], ['bob', 'alice', ['rings']])
    assert.deepEqual([...(use?.attempt.waits ?? [])], [['bob', { on: 'signal', name: 'ringing' }]])
    applyEvent(state, events['attempt:end'])
    assert.equal(state.activity.devices.get('bob')?.use, undefined)
    assert.equal(state.activity.running.size, 0)
  })
})
