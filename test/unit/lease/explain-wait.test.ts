import assert from 'node:assert/strict'
import { explainWait } from '../../../src/lease/explain-wait.js'
import { registeredDevice as device } from './registered-device.js'

describe('why modules wait', () => {
  it('names each role without a device, and what is wrong with those that could take it', () => {
    const text = explainWait(
      { alice: 'tablet', bob: 'name=pixel-8', carol: '' },
      {
        answer: 'later',
        refusals: {},
        roles: {
          alice: [device('tab-1', 'offline', 'host h1 vanished'), device('tab-2', 'quarantined', 'no session')],
          bob: [],
          carol: [device('any', 'leased')],
        },
      },
    )
    assert.equal(
      text,
      "no online device matches: role 'alice' asks for any tablet: tab-1 is offline (host h1 vanished), " +
        "tab-2 is quarantined (no session); role 'bob' asks for pixel-8: the farm has no such device",
    )
  })

  it('reports that each role has devices, but not enough for all roles', () => {
    const both = [device('a1', 'idle')]
    assert.equal(
      explainWait(
        { alice: 'android', bob: 'android' },
        { answer: 'never', refusals: {}, roles: { alice: both, bob: both } },
      ),
      'no device of the farm can serve it: its roles need more devices of a kind than the farm has',
    )
  })
  it('does not confuse a device with one that refused the app because of its name', () => {
    const roles = { toString: [device('constructor', 'offline', 'unplugged')] }
    assert.match(
      explainWait({ toString: 'name=constructor' }, { answer: 'later', refusals: {}, roles }),
      /constructor is offline \(unplugged\)/,
    )
    assert.match(explainWait({ valueOf: '' }, { answer: 'later', refusals: {}, roles }), /has no such device/)
  })

  it('names the reason of several devices that refused the app once, without the other devices', () => {
    const android = ['a1', 'a2', 'a3'].map(name => device(name, 'idle')).concat(device('a4', 'offline', 'unplugged'))
    const refusals = { a1: 'too old', a2: 'no room', a3: 'too old' }
    assert.equal(
      explainWait({ alice: 'android' }, { answer: 'later', refusals, roles: { alice: android } }),
      "no online device matches: role 'alice' asks for any android: a1, a3: too old, a2: no room, a4 is offline (unplugged)",
    )
  })
})
