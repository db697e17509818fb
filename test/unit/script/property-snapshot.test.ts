import assert from 'node:assert/strict'
import { snapshotProperties } from '../../../src/script/property-snapshot.js'

describe('snapshotProperties', () => {
  it('undoes what was added, changed and removed', () => {
    const removed = (): number => 1
    const target: Record<string, unknown> = { kept: 1, changed: 2, removed }
    const restore = snapshotProperties(target, 'target')
    target['changed'] = 3
    target['added'] = 4
    delete target['removed']
    assert.deepEqual(restore(), [])
    assert.deepEqual(target, { kept: 1, changed: 2, removed })
  })

  it('restores accessors', () => {
    const target = {
      get value() {
        return 1
      },
    }
    const restore = snapshotProperties(target, 'target')
    Object.defineProperty(target, 'value', { value: 2 })
    assert.deepEqual(restore(), [])
    assert.equal(typeof Object.getOwnPropertyDescriptor(target, 'value')?.get, 'function')
  })

  it("names what can't be restored", () => {
    const target: Record<string, unknown> = { changed: 1 }
    const restore = snapshotProperties(target, 'target')
    Object.defineProperty(target, 'changed', { value: 2, configurable: false, writable: false })
    Object.defineProperty(target, 'added', { value: 2 })
    assert.deepEqual(restore().toSorted(), ['target.added', 'target.changed'])
  })

  it('names a frozen object and a changed prototype', () => {
    const frozen = {}
    const restoreFrozen = snapshotProperties(frozen, 'frozen')
    Object.freeze(frozen)
    assert.deepEqual(restoreFrozen(), ['frozen, which was frozen'])
    const bent = {}
    const restoreBent = snapshotProperties(bent, 'bent')
    Object.setPrototypeOf(bent, null)
    assert.deepEqual(restoreBent(), ['the prototype of bent'])
  })

  it('leaves ignored keys alone', () => {
    const target: Record<string, unknown> = {}
    const restore = snapshotProperties(target, 'target', key => key === '_own')
    target['_own'] = 1
    assert.deepEqual(restore(), [])
    assert.deepEqual(target, { _own: 1 })
  })
})
