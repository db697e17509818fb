import assert from 'node:assert/strict'
import type { RunEvent } from '../../../../src/event/run-event.js'
import { summariseIterations } from '../../../../src/explore/explore-summary.js'
import { ModuleRelay } from '../../../../src/run/explore/module-relay.js'
import { failureOf, iterationOf, schedule } from './iterations.js'

function relayOf(): { relay: ModuleRelay; events: RunEvent[]; found: string[] } {
  const events: RunEvent[] = []
  const found: string[] = []
  const relay = new ModuleRelay('4', {
    onEvent: event => events.push(event),
    fileTargets: { project: undefined, saveArtifact: event => Promise.resolve(`${event.module}/${event.attempt}`) },
    warn: line => found.push(line),
    onBug: (bug, { host, worker }) =>
      found.push(`${bug.number} on ${host} (${worker})${bug.minimised ? ', minimised' : ''}`),
  })
  return { relay, events, found }
}

const start = (module: string, lease: string, host = 'h1'): RunEvent => ({
  type: 'attempt:start',
  at: 1,
  module,
  lease,
  attempt: 1,
  host,
  devices: {},
})
const failure = failureOf({ seed: 7 })

describe('the jobs of a module that is explored', () => {
  it('are reported as attempts of the module, numbered through all jobs', async () => {
    const { relay, events } = relayOf()
    relay.onEvent({ type: 'run:start', version: 1, run: 'r', modules: [], options: {}, at: 0 })
    relay.onEvent(start('4#1', 'a'))
    relay.onEvent(start('4#2', 'b'))
    relay.onEvent({ type: 'module:end', module: '4#1', verdict: 'passed', attempts: 1, at: 2 })
    const shown = events.map(event => ('attempt' in event ? [event.type, event.module, event.attempt] : event.type))
    assert.deepEqual(shown, [
      ['attempt:start', '4', 1],
      ['attempt:start', '4', 2],
    ])
    const artifact = { module: '4#2', lease: 'b', attempt: 1, role: 'r', device: 'd', bytes: 0, at: 3 }
    const event = { type: 'artifact', kind: 'source', name: 'x', ...artifact } as const
    assert.equal(await relay.fileTargets.saveArtifact(event, (async function* () {})()), '4/2')
  })

  it('report each bug once, with the host and worker that found it, and again when it is minimised', () => {
    const { relay, found } = relayOf()
    relay.addJob('4#1', 2)
    relay.onEvent(start('4#1', 'a', 'h3'))
    const iteration = { type: 'explore:iteration', module: '4#1', lease: 'a', at: 2 } as const
    relay.onEvent({ ...iteration, iteration: iterationOf({ seed: 6 }) })
    relay.onEvent({ ...iteration, iteration: failure })
    relay.onEvent({ ...iteration, iteration: failureOf({ seed: 8 }) })
    const minimised = { schedule, tries: 4, reproduced: 9, repetitions: 10 }
    relay.onEvent({ type: 'explore:minimised', module: '4#1', lease: 'a', at: 3, minimised })
    assert.deepEqual(found, ['1 on h3 (2)', '1 on h3 (2), minimised'])
    assert.equal(relay.exploration.bugs.size, 1)
  })

  it('count a seed once, although a job runs again elsewhere', () => {
    const { relay } = relayOf()
    for (const lease of ['a', 'b']) {
      relay.onEvent(start('4#1', lease))
      relay.onEvent({ type: 'explore:iteration', module: '4#1', lease, at: 2, iteration: failure })
    }
    assert.deepEqual([relay.exploration.size, relay.exploration.failures], [1, 1])
    assert.equal(relay.exploration.bugs.get(schedule.error.signature)?.times, 1)
  })

  it('count an order once, although several gangs have run it', () => {
    const { relay } = relayOf()
    for (const [job, lease, seed] of [['4#1', 'a', 1] as const, ['4#2', 'b', 2] as const]) {
      relay.onEvent(start(job, lease))
      const iteration = iterationOf({ seed, order: 'the same' })
      relay.onEvent({ type: 'explore:iteration', module: job, lease, at: 2, iteration })
    }
    const { size, orders, iterations } = relay.exploration
    assert.deepEqual([size, orders], [2, 1])
    assert.deepEqual(summariseIterations(iterations).lastFifth, { iterations: 1, newOrders: 0 })
  })

  it('report why one of them was lost', () => {
    const { relay, found } = relayOf()
    const reasons = ['no host', 'no host']
    relay.onEvent({ type: 'module:end', module: '4#1', verdict: 'lost', attempts: 1, reasons, at: 1 })
    assert.deepEqual(found, ['a part of exploring module 4 was lost: no host'])
  })

  it('end as one module, with the attempt that failed as its result', () => {
    const { relay, events } = relayOf()
    for (const [lease, verdict] of [['a', 'failed'] as const, ['b', 'passed'] as const]) {
      relay.onEvent(start('4#1', lease))
      const counts = { passed: 0, failed: 0, pending: 0 }
      relay.onEvent({ type: 'attempt:end', module: '4#1', lease, attempt: 1, verdict, counts, durationMs: 1, at: 2 })
    }
    relay.end('failed')
    const end = events.at(-1)
    assert.ok(end?.type === 'module:end')
    assert.deepEqual([end.module, end.verdict, end.attempts, end.lease], ['4', 'failed', 2, 'a'])
  })
})
