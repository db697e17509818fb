import assert from 'node:assert/strict'
import { PropertySnapshot } from '../../../src/script/property-snapshot.js'

/** Returns a function that restores the object, and returns what it could not put back. */
function snapshotProperties(target: object, name: string, ignored: PropertyKey[] = []): () => string[] {
  const snapshot = new PropertySnapshot(target, name, ignored)
  return () => {
    const restoration = { changed: [], stuck: [] }
    snapshot.restore(restoration)
    return restoration.stuck
  }
}

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

  it('puts back a prototype', () => {
    const bent = {}
    const restore = snapshotProperties(bent, 'bent')
    Object.setPrototypeOf(bent, null)
    assert.deepEqual(restore(), [])
    assert.equal(Object.getPrototypeOf(bent), Object.prototype)
  })

  it('names a frozen object and a prototype that stays', () => {
    const frozen = {}
    const restoreFrozen = snapshotProperties(frozen, 'frozen')
    Object.freeze(frozen)
    assert.deepEqual(restoreFrozen(), ['frozen.frozen'])
    const bent = {}
    const restoreBent = snapshotProperties(bent, 'bent')
    Object.setPrototypeOf(bent, null)
    Object.preventExtensions(bent)
    assert.deepEqual(restoreBent(), ['bent.the prototype', 'bent.frozen'])
  })

  it('leaves ignored keys alone', () => {
    const target: Record<string, unknown> = {}
    const restore = snapshotProperties(target, 'target', ['_own'])
    target['_own'] = 1
    assert.deepEqual(restore(), [])
    assert.deepEqual(target, { _own: 1 })
  })

  it('works although the functions that it needs were patched', () => {
    const target: Record<string, unknown> = { changed: 1 }
    const restore = snapshotProperties(target, 'target')
    const restoreReflect = snapshotProperties(Reflect, 'Reflect')
    const restoreObjects = snapshotProperties(Object.prototype, 'Object.prototype')
    const restoreArrays = snapshotProperties(Array.prototype, 'Array.prototype')
    const restoreSets = snapshotProperties(Set.prototype, 'Set.prototype')
    target['changed'] = 2
    target['added'] = 3
    const broken = (): never => {
      throw new Error('patched')
    }
    for (const key of ['ownKeys', 'defineProperty', 'getOwnPropertyDescriptor', 'deleteProperty'] as const)
      Reflect[key] = broken
    for (const key of ['includes', 'filter', 'map', 'push', Symbol.iterator] as const)
      Object.assign(Array.prototype, { [key]: broken })
    Object.assign(Set.prototype, { has: broken })
    Object.assign(Object.prototype, { get: broken, value: 7 })
    const stuck = restore()
    const others = [restoreReflect(), restoreObjects(), restoreArrays(), restoreSets()]
    assert.deepEqual([stuck, ...others], [[], [], [], [], []])
    assert.deepEqual(target, { changed: 1 })
  })
})
