import assert from 'node:assert/strict'
import { CallOrder, type DriverCall } from '../../../src/device/driver/call-order.js'

const open: DriverCall[] = [
  'sessions.capabilities',
  'sessions.completeCapabilities',
  'health.watchOpening',
  'sessions.verifyIdentity',
]

function follow(calls: readonly DriverCall[], hasHealth = true): CallOrder {
  const order = new CallOrder(hasHealth)
  for (const call of calls) order.add(call)
  return order
}

describe('the order of calls to a driver', () => {
  it('allows a check, a module that opens a session, and the end', () => {
    const module: DriverCall[] = ['reservation.reserve', 'sessions.check', 'apps.use', 'sessions.capabilities']
    const calls: DriverCall[] = [
      ...(['prepare', 'health.check', 'apps.use', ...open] as const),
      ...module,
      ...(['sessions.verifyIdentity', 'artifacts.collect', 'reservation.release', 'health.check', 'apps.use'] as const),
      ...(['sessions.reset', 'sessions.capabilities', 'sessions.forceClose', 'dispose', 'dispose'] as const),
    ]
    assert.deepEqual(follow(calls).calls, calls)
  })

  it('allows an opening to fail after any step, and to start again', () => {
    for (let steps = 1; steps <= open.length; steps++) follow(['prepare', ...open.slice(0, steps), ...open, 'dispose'])
  })

  it('skips the step of health for drivers without it', () => {
    const without = open.filter(call => call !== 'health.watchOpening')
    follow(['prepare', ...without], false)
    assert.throws(
      () => follow(['prepare', ...without]),
      /verifyIdentity is out of order: it follows health\.watchOpening/,
    )
  })

  for (const [calls, why] of [
    [['health.check'], /prepare comes first/],
    [['prepare', 'prepare'], /prepare comes first, and once/],
    [['prepare', 'dispose', 'health.check'], /nothing follows dispose/],
    [['prepare', 'sessions.completeCapabilities'], /it follows sessions\.capabilities/],
    [['prepare', 'sessions.reset'], /no session was opened/],
    [['prepare', 'reservation.release'], /it follows reservation\.reserve/],
    [['prepare', ...open, 'sessions.completeCapabilities'], /it follows sessions\.capabilities/],
  ] as const) {
    it(`refuses ${calls.join(', ')}`, () => assert.throws(() => follow(calls), why))
  }
})
