import assert from 'node:assert/strict'
import { decide, isMatching, largestMatching, type Choose } from '../../support/allocator-oracle.js'

/** The first matching that works. */
const candidates = new Map([
  ['android', ['pixel', 'moto']],
  ['name=pixel', ['pixel']],
  ['ios', ['iphone']],
])
const choose: Choose = (need, _kind, usable, size) => {
  const roles = need.roles.map(([role]) => role)
  const all = ['pixel', 'moto', 'iphone', undefined]
  for (const a of all) {
    for (const b of all) {
      const devices = Object.fromEntries(
        roles.flatMap((role, i) => {
          const device = i === 0 ? a : b
          return device === undefined ? [] : [[role, device] as const]
        }),
      )
      if (isMatching(need, devices, candidates, usable, size)) return devices
    }
  }
  return {}
}
const single = { id: 'single', roles: [['a', 'android']] as const, demand: 3, feasible: true }
const trap = {
  id: 'trap',
  roles: [
    ['a', 'android'],
    ['b', 'name=pixel'],
  ] as const,
  demand: 1,
  feasible: true,
}
const gang = {
  id: 'gang',
  roles: [
    ['a', 'android'],
    ['b', 'ios'],
  ] as const,
  demand: 1,
  feasible: true,
}

describe('the allocator oracle', () => {
  it('finds a matching if a greedy choice fails', () => {
    assert.equal(largestMatching(trap, candidates, new Set(['pixel', 'moto'])), 2)
    assert.equal(largestMatching(trap, candidates, new Set(['pixel'])), 1)
  })

  it('serves in rounds, least recently served first', () => {
    const other = { ...single, id: 'other', demand: 1 }
    const free = ['pixel', 'moto']
    const decision = decide({ needs: [single, other], candidates, free }, choose)
    assert.deepEqual(
      decision.grants.map(grant => grant.need),
      ['single', 'other'],
    )
    const turned = decide({ needs: [trap, single], candidates, free }, choose)
    assert.deepEqual(
      turned.grants.map(grant => grant.need),
      ['trap'],
    )
  })

  it('reserves a matching for the oldest gang that can be served later, and for no other', () => {
    const decision = decide({ needs: [gang, single], candidates, free: ['pixel', 'moto'] }, choose)
    assert.deepEqual(decision.reservation, { need: 'gang', devices: ['pixel'] })
    assert.deepEqual(decision.grants, [{ need: 'single', devices: { a: 'moto' } }])
    const never = decide({ needs: [{ ...gang, feasible: false }, single], candidates, free: ['pixel', 'moto'] }, choose)
    assert.equal(never.reservation, undefined)
    assert.equal(never.grants.length, 2)
  })
})
