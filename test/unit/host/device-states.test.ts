import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import {
  deviceEvents,
  deviceActorStates,
  failuresAfter,
  transitionOf,
  type DeviceEvent,
  type DeviceActorState,
} from '../../../src/host/device/device-states.js'
import { packageFile } from '../../../src/process/package-root.js'

/** What surrounds the table: a check and a lease that are in flight, and a timer for the next health check. */
class Model {
  state: DeviceActorState = 'offline'
  isCheckRunning = false
  hasLease = false
  isHealthCheckDue = false

  /** Whether the event can happen now. */
  accepts(event: DeviceEvent): boolean {
    if (event === 'check') return !this.isCheckRunning
    if (event === 'ready' || event === 'unfit' || event === 'unopenable') return this.isCheckRunning
    return event === 'healthy' || event === 'unhealthy' ? this.isHealthCheckDue : true
  }

  send(event: DeviceEvent): void {
    if (event === 'ready' || event === 'unfit' || event === 'unopenable') this.isCheckRunning = false
    if (event === 'healthy' || event === 'unhealthy') this.isHealthCheckDue = false
    const { state, effects } = transitionOf(this.state, event)
    this.state = state
    for (const effect of effects) {
      if (effect === 'serve') this.hasLease = true
      if (effect === 'release') this.hasLease = false
      if (effect === 'make-ready') {
        this.hasLease = false
        this.isCheckRunning = true
      }
      if (effect === 'schedule-health-check') this.isHealthCheckDue = true
      if (effect === 'stop-health-checks') this.isHealthCheckDue = false
    }
  }
}

const stories = fc.array(fc.constantFrom(...deviceEvents.filter(event => event !== 'close')), { maxLength: 40 })

function eachMoment(check: (model: Model) => void): void {
  fc.assert(
    fc.property(stories, events => {
      const model = new Model()
      for (const event of events) {
        if (!model.accepts(event)) continue
        model.send(event)
        check(model)
      }
    }),
    { numRuns: 2_000 },
  )
}

describe('the states of a device', () => {
  it('have a next state for every event', () => {
    for (const state of deviceActorStates) {
      for (const event of deviceEvents) {
        const { state: next, effects } = transitionOf(state, event)
        assert.ok(deviceActorStates.includes(next), `${state} + ${event}`)
        assert.equal(new Set(effects).size, effects.length, `${state} + ${event} does something twice`)
      }
    }
  })

  it('have no dead end except closed: every state can be reached from every other one', () => {
    for (const from of deviceActorStates.filter(state => state !== 'closed')) {
      const reached = new Set<DeviceActorState>([from])
      for (const state of reached) for (const event of deviceEvents) reached.add(transitionOf(state, event).state)
      assert.deepEqual([...reached].sort(), [...deviceActorStates].sort(), `from ${from}`)
    }
    for (const event of deviceEvents) assert.equal(transitionOf('closed', event).state, 'closed')
  })

  it('are idle only if no check and no lease is in flight', () => {
    eachMoment(({ state, isCheckRunning, hasLease }) => {
      if (state === 'idle') assert.deepEqual({ isCheckRunning, hasLease }, { isCheckRunning: false, hasLease: false })
    })
  })

  it('are leased only while a lease serves, and checking only while a check runs', () => {
    eachMoment(({ state, isCheckRunning, hasLease }) => {
      if (state === 'leased') assert.ok(hasLease && !isCheckRunning)
      if (state === 'checking') assert.ok(isCheckRunning && !hasLease)
    })
  })

  it('always have another health check ahead once a device was checked or lost', () => {
    let outOfPool = 0
    eachMoment(({ state, isHealthCheckDue, isCheckRunning }) => {
      if (state === 'idle') assert.ok(isHealthCheckDue, 'idle')
      if (state !== 'quarantined') return
      outOfPool += 1
      assert.ok(isHealthCheckDue || isCheckRunning, state)
    })
    assert.ok(outOfPool > 0)
    for (const state of ['offline', 'quarantined'] as const) {
      assert.ok(
        transitionOf(state, 'healthy').effects.includes('schedule-health-check'),
        'the farm may miss the request',
      )
    }
  })

  it('handle every event in every reachable state, and answer every offer', () => {
    for (const state of deviceActorStates) {
      const { effects } = transitionOf(state, 'offer')
      assert.equal(effects.filter(effect => effect === 'serve' || effect === 'refuse').length, 1, state)
    }
  })

  it('are those of the documentation', async () => {
    const page = await readFile(packageFile('docs', 'architecture.md'), 'utf8')
    const shown = page.split('\n').filter(line => line.startsWith('|'))
    for (const row of documentedRows()) {
      const cells = row.join(' | ')
      assert.ok(
        shown.some(line => line.replaceAll(/ +/g, ' ') === `| ${cells} |`),
        `docs/architecture.md needs this row under "Device states": | ${cells} |`,
      )
    }
  })

  it('count failed checks in a row, but not a health check that ends when the device is in use', () => {
    const count = (...steps: [DeviceActorState, DeviceEvent][]): number =>
      steps.reduce((failures, [state, event]) => failuresAfter(state, event, failures), 0)
    assert.equal(count(['idle', 'unhealthy'], ['offline', 'unhealthy'], ['offline', 'healthy']), 2)
    assert.equal(count(['leased', 'unhealthy'], ['checking', 'unhealthy']), 0)
    assert.equal(count(['checking', 'unfit'], ['checking', 'ready']), 0)
    assert.equal(count(['idle', 'lost'], ['checking', 'unfit']), 2)
  })
})

/** One row an event, one column a state; `closed` follows `close` from everywhere. */
function documentedRows(): string[][] {
  const states = deviceActorStates.filter(state => state !== 'closed')
  const rows = deviceEvents
    .filter(event => event !== 'close')
    .map(event => [
      `\`${event}\``,
      ...states.map(state => {
        const { state: next } = transitionOf(state, event)
        return next === state ? '–' : next
      }),
    ])
  return [['event', ...states], ...rows]
}
