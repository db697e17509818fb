import assert from 'node:assert/strict'
import fc from 'fast-check'
import { forecastRun, type ForecastModule } from '../../../src/run/forecast.js'

const module = (id: string, ms: number, ...roles: string[][]): ForecastModule => ({
  id,
  ms,
  candidates: Object.fromEntries(roles.map((able, i) => [`r${i}`, able])),
})

const devices = ['a', 'b', 'c']

describe('the forecast of a run', () => {
  it('uses every device for one module at a time', () => {
    const singles = Array.from({ length: 9 }, (_, i) => module(`m${i}`, 2_000, devices))
    assert.equal(forecastRun(singles, devices).endMs, 6_000)
  })

  it('lets a module that names its device wait for that one', () => {
    const { endMs, slots } = forecastRun([module('x', 1_000, ['a']), module('y', 1_000, ['a'])], devices)
    assert.equal(endMs, 2_000)
    assert.deepEqual(slots.get('y'), { startMs: 1_000, endMs: 2_000, devices: { r0: 'a' } })
  })

  it('gives a module all its devices or none, and reserves them for it', () => {
    const { slots } = forecastRun(
      [
        module('one', 1_000, ['a']),
        module('other', 3_000, ['b']),
        module('pair', 1_000, ['a'], ['b']),
        ...Array.from({ length: 4 }, (_, i) => module(`filler ${i}`, 1_000, ['a', 'c'])),
      ],
      devices,
    )
    assert.equal(slots.get('pair')?.startMs, 3_000)
    assert.deepEqual(
      [0, 1, 2, 3].map(i => slots.get(`filler ${i}`)?.devices['r0']),
      ['c', 'c', 'c', 'c'],
    )
  })

  it('leaves out modules that the available devices can never serve, and reserves nothing for them', () => {
    const { endMs, slots } = forecastRun([module('far', 9_000, ['a'], ['gone']), module('x', 1_000, ['a'])], devices)
    assert.equal(slots.has('far'), false)
    assert.equal(endMs, 1_000)
  })

  it('starts a module when those before it have ended', () => {
    const series = ['1', '2', '3'].map((id, i) => ({
      ...module(id, 1_000, devices),
      after: i === 0 ? [] : [String(i)],
    }))
    assert.equal(forecastRun(series, devices).endMs, 3_000)
    assert.equal(forecastRun([{ ...module('x', 1, devices), after: ['nothing'] }], devices).slots.size, 0)
  })

  it('serves everything once, no device twice at a time, and stays within the bounds of any schedule', () => {
    const names = ['d0', 'd1', 'd2', 'd3']
    const arbitrary = fc.array(
      fc.record({
        ms: fc.integer({ min: 1, max: 1_000 }),
        roles: fc.array(fc.subarray(names, { minLength: 1 }), { minLength: 1, maxLength: 3 }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(arbitrary, raw => {
        const modules = raw.map(({ ms, roles }, i) => module(String(i), ms, ...roles))
        const { endMs, slots } = forecastRun(modules, names)
        const served = modules.filter(({ id }) => slots.has(id))
        for (const { id, ms, candidates } of modules) {
          const turn = slots.get(id)
          assert.equal(turn !== undefined, canBeServed(Object.values(candidates), new Set()), `module ${id}`)
          if (!turn) continue
          assert.equal(turn.endMs - turn.startMs, ms)
          for (const [role, device] of Object.entries(turn.devices)) assert.ok(candidates[role]?.includes(device))
        }
        for (const device of names) {
          const own = [...slots.values()].filter(turn => Object.values(turn.devices).includes(device))
          own.sort((a, b) => a.startMs - b.startMs)
          own.forEach((turn, i) => assert.ok(turn.startMs >= (own[i - 1]?.endMs ?? 0)))
        }
        assert.ok(endMs <= served.reduce((sum, { ms }) => sum + ms, 0))
        assert.ok(endMs >= Math.max(0, ...served.map(({ ms }) => ms)))
      }),
    )
  })
})

/** Tries every assignment. */
function canBeServed(roles: readonly (readonly string[])[], used: Set<string>): boolean {
  const [role, ...others] = roles
  if (!role) return true
  return role.some(device => !used.has(device) && canBeServed(others, new Set([...used, device])))
}
