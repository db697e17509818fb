import { expect, matchers, wdioCustomMatchers } from 'expect-webdriverio'
import { matcherDefaults } from './matcher-defaults.js'
import { snapshotProperties, type Restore } from './property-snapshot.js'

/** Snapshots what `expect` keeps for the whole process: matchers (`expect.extend`), equality testers, options (`setOptions`). */
export function snapshotExpect(): Restore {
  const shared = matchersObject()
  const testers = [...shared.customEqualityTesters]
  const state = { ...shared.state }
  const named = [...matchers]
  const restores = [
    snapshotProperties(shared.matchers, 'the matchers of expect'),
    snapshotProperties(wdioCustomMatchers, 'the custom matchers of expect'),
    snapshotProperties(expect, 'expect'),
    snapshotProperties(expect.not, 'expect.not'),
    ...matcherDefaults().map(options => snapshotProperties(options, 'the options of expect')),
  ]
  return () => {
    shared.customEqualityTesters.splice(0, Infinity, ...testers)
    for (const key of Object.keys(shared.state))
      if (!Object.hasOwn(state, key)) Reflect.deleteProperty(shared.state, key)
    Object.assign(shared.state, state)
    matchers.clear()
    for (const [name, matcher] of named) matchers.set(name, matcher)
    return restores.flatMap(restore => restore())
  }
}

interface MatchersObject {
  matchers: object
  customEqualityTesters: unknown[]
  state: Record<string, unknown>
}

/** Jest's `expect` shares this object among its copies in one process. */
function matchersObject(): MatchersObject {
  return Reflect.get(globalThis, Symbol.for('$$jest-matchers-object')) as MatchersObject
}
