import assert from 'node:assert/strict'
import type { RegisteredDevice } from '../../../src/lease/registry.js'
import { describeWait } from '../../../src/run/describe-wait.js'
import { registeredDevice as device } from '../lease/registered-device.js'

const leased = (name: string, run: string, file?: string): RegisteredDevice => ({
  ...device(name, 'leased'),
  lease: { id: '1', role: 'a', run, queue: 'q', since: 60_000, ...(file !== undefined && { file }) },
})

const waitsFor = (roles: Record<string, RegisteredDevice[]>, refusals: Record<string, string> = {}) =>
  describeWait({ answer: 'now', roles, refusals }, { run: 'mine', now: 100_000 })

describe('what modules wait for', () => {
  it('is described for each role without a free device: who has it, or why it is unavailable', () => {
    const waits = waitsFor({
      alice: [device('a1', 'idle')],
      bob: [device('b2', 'offline', 'host h1 vanished'), leased('b1', 'theirs', 'modules/call.ts')],
      carol: [leased('c1', 'mine', 'modules/chat.ts'), leased('c2', 'mine')],
      dave: [device('d1', 'checking', 'it was unplugged'), device('d2', 'quarantined')],
      erin: [],
    })
    assert.deepEqual(waits, {
      bob: 'b1 is in use by modules/call.ts of run theirs for 40 s, b2 is offline (host h1 vanished)',
      carol: 'c1 is in use by modules/chat.ts of this run for 40 s, c2 is in use by a module of this run for 40 s',
      dave: 'd1 is being checked (it was unplugged), d2 is quarantined',
      erin: 'the farm has no such device',
    })
  })

  it('is empty if each role has a free device', () => {
    const both = [device('a1', 'idle'), device('a2', 'idle')]
    assert.deepEqual(waitsFor({ alice: both, bob: both }), {})
  })

  it('counts a free device for one role only', () => {
    const both = [device('a1', 'idle'), leased('a2', 'theirs', 'x.ts')]
    assert.deepEqual(waitsFor({ alice: both, bob: both }), {
      bob: 'a1 is free, but another role needs it, a2 is in use by x.ts of run theirs for 40 s',
    })
  })

  it('does not count a device that refused the app, and names few of many', () => {
    const many = ['a1', 'a2', 'a3', 'a4', 'a5'].map(name => device(name, 'idle'))
    const refusals = Object.fromEntries(many.map(({ name }) => [name, 'too old']))
    assert.deepEqual(waitsFor({ toString: many }, refusals), {
      toString: `${['a1', 'a2', 'a3'].map(name => `${name} refused its app (too old)`).join(', ')}, 2 more`,
    })
  })
})
