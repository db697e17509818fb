import assert from 'node:assert/strict'
import fc from 'fast-check'
import { selectorForLabels, selectorForName } from '../../../../src/device/selector.js'
import { BatonErrors, type BatonError } from '../../../../src/error/baton-error.js'
import { resolveNeeds, type Candidate, type StatedNeeds } from '../../../../src/run/selection/resolve-needs.js'

const device = (name: string, ...labels: string[]): Candidate => ({
  name,
  labels: new Set([`name=${name}`, ...labels]),
})

const farm = [
  device('pixel', 'platform=android', 'phone'),
  device('tab', 'platform=android', 'tablet'),
  device('iphone', 'platform=ios', 'phone'),
]

const stated = (needs: StatedNeeds['needs'], places: StatedNeeds['places'] = {}): StatedNeeds => ({
  file: 'chat.ts',
  needs,
  firstRole: Object.keys(needs)[0],
  places,
})

const refusal = (run: () => unknown): BatonError => {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof BatonErrors)
    const [first] = error.errors
    assert.ok(first)
    return first
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

describe('the needs of a module', () => {
  it('are completed with --on if a role asks by label, not if it names a device', () => {
    const needs = { a: selectorForLabels(['phone']), b: selectorForName('tab') }
    const resolved = resolveNeeds(stated(needs), ['platform=android'], farm)
    assert.deepEqual(resolved.needs, { a: 'phone,platform=android', b: 'name=tab' })
    assert.deepEqual(resolved.candidates, { a: ['pixel'], b: ['tab'] })
  })

  it('are for one device if the module never calls useDevice', () => {
    const resolved = resolveNeeds(stated({}), ['platform=ios'], farm)
    assert.deepEqual(resolved.needs, { device: 'platform=ios' })
    assert.equal(resolved.firstRole, 'device')
  })

  it('are refused if that one device could be of several platforms', () => {
    const error = refusal(() => resolveNeeds(stated({}), ['phone'], farm))
    assert.equal(error.code, 'BATON_NEEDS_MIXED')
    assert.match(error.hint ?? '', /--on platform=android/)
  })

  it('are refused with the nearest name if the farm has no such device', () => {
    const place = { file: 'chat.ts', line: 3, column: 5 }
    const error = refusal(() => resolveNeeds(stated({ pixl: selectorForName('pixl') }, { pixl: place }), [], farm))
    assert.equal(error.code, 'BATON_NEEDS_IMPOSSIBLE')
    assert.deepEqual(error.place, place)
    assert.match(error.message, /'pixl'.*known: pixel, tab, iphone/)
    assert.match(error.hint ?? '', /did you mean 'pixel'/)
  })

  it('are refused with the nearest label, or because no device has all of them', () => {
    const unknown = refusal(() => resolveNeeds(stated({ a: 'tablett' }), [], farm))
    assert.match(unknown.hint ?? '', /did you mean 'tablet'/)
    const together = refusal(() => resolveNeeds(stated({ a: 'platform=ios,tablet' }), [], farm))
    assert.match(together.hint ?? '', /no device has all/)
  })

  it('are refused role by role', () => {
    const run = (): unknown => resolveNeeds(stated({ a: 'tablett', b: 'phone', c: 'name=tap' }), [], farm)
    assert.throws(run, (error: unknown) => error instanceof BatonErrors && error.errors.length === 2)
  })

  it('are refused if more roles than devices want the same', () => {
    const error = refusal(() => resolveNeeds(stated({ a: 'phone', b: 'phone', c: 'name=pixel' }), [], farm))
    assert.equal(error.code, 'BATON_NEEDS_IMPOSSIBLE')
    assert.match(error.message, /3 roles.*c ← pixel/)
  })

  it('are accepted if and only if some assignment of distinct devices serves them', () => {
    const labels = fc.subarray(['x', 'y', 'z'])
    const devices = fc.array(labels, { minLength: 1, maxLength: 4 })
    const roles = fc.array(labels, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(devices, roles, (devices, roles) => {
        const farm = devices.map((own, index) => device(`d${index}`, ...own))
        const needs = Object.fromEntries(roles.map((asked, index) => [`r${index}`, selectorForLabels(asked)]))
        const possible = canAssign(roles, devices, new Set())
        let served = true
        try {
          resolveNeeds(stated(needs), [], farm)
        } catch {
          served = false
        }
        assert.equal(served, possible)
      }),
    )
  })
})

/** Tries every assignment. */
function canAssign(roles: string[][], devices: string[][], used: Set<number>): boolean {
  const [role, ...others] = roles
  if (!role) return true
  return devices.some((own, index) => {
    if (used.has(index) || !role.every(label => own.includes(label))) return false
    return canAssign(others, devices, new Set([...used, index]))
  })
}

describe('the needs of a module, before the devices were checked', () => {
  const unchecked = farm.map(each => ({ ...each, mayFind: ['model'] }))

  it('are impossible if no driver could find what is missing', () => {
    for (const needs of [
      { a: selectorForName('pixl') },
      { a: selectorForLabels(['tablett']) },
      { a: 'platform=fake' },
      { a: 'lab=berlin' },
    ])
      assert.equal(refusal(() => resolveNeeds(stated(needs), [], unchecked)).code, 'BATON_NEEDS_IMPOSSIBLE')
    const four = Object.fromEntries(['a', 'b', 'c', 'd'].map(role => [role, selectorForLabels([])]))
    assert.match(refusal(() => resolveNeeds(stated(four), [], unchecked)).message, /too few/)
  })

  it('may be possible if a driver could find a label', () => {
    const needs = { a: selectorForLabels(['model=Pixel 9', 'tablet']) }
    assert.deepEqual(resolveNeeds(stated(needs), [], unchecked).candidates, { a: ['tab'] })
    assert.equal(refusal(() => resolveNeeds(stated(needs), [], farm)).code, 'BATON_NEEDS_IMPOSSIBLE')
    assert.doesNotThrow(() => resolveNeeds(stated({}), ['model=Pixel 9'], unchecked), 'platforms may not be mixed then')
  })
})
