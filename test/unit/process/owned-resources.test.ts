import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { OwnedResources, parseReaperMessage, type ReaperMessage } from '../../../src/process/owned-resources.js'

const message: fc.Arbitrary<ReaperMessage> = fc.record({
  type: fc.constantFrom('register', 'unregister'),
  resource: fc.oneof(
    fc.record({ kind: fc.constant('group'), pgid: fc.integer({ min: 2, max: 5 }) }),
    fc.record({ kind: fc.constantFrom('directory', 'lock'), path: fc.constantFrom('/a', '/b c') }),
  ),
})

describe('owned resources', () => {
  it('are those whose last message registered them', () => {
    fc.assert(
      fc.property(fc.array(message), messages => {
        const owned = new OwnedResources()
        for (const each of messages) owned.apply(each)
        const last = new Map(messages.map(({ type, resource }) => [JSON.stringify(resource), type]))
        const registered = [...last].flatMap(([resource, type]) => (type === 'register' ? [resource] : []))
        assert.deepEqual(owned.all.map(resource => JSON.stringify(resource)).toSorted(), registered.toSorted())
        assert.equal(owned.isEmpty, registered.length === 0)
        assert.equal(
          owned.groups.length + owned.paths('directory').length + owned.paths('lock').length,
          registered.length,
        )
      }),
    )
  })

  it('reach the reaper as lines', () => {
    fc.assert(
      fc.property(message, each =>
        assert.deepEqual(parseReaperMessage(JSON.stringify(each)), { ...each, resource: { ...each.resource } }),
      ),
    )
  })

  it('are not changed by a line that is not a message', () => {
    const group = (pgid: unknown): string => JSON.stringify({ type: 'register', resource: { kind: 'group', pgid } })
    const lines = ['', '{"type":"regis', 'null', '[]', '{"type":"register"}', ...[0, 1, -7, 1.5, '9', null].map(group)]
    const folder = (path: unknown): string =>
      JSON.stringify({ type: 'register', resource: { kind: 'directory', path } })
    for (const line of [...lines, folder(''), folder(7)]) assert.equal(parseReaperMessage(line), undefined, line)
  })
})
