import { expect, matchers, wdioCustomMatchers } from 'expect-webdriverio'
import { matcherDefaults } from './matcher-defaults.js'
import type { NamedObject } from './object-graph.js'

/** Where `expect` keeps matchers (`expect.extend`) and options (`setOptions`) for the whole process. */
export function expectObjects(): NamedObject[] {
  return [
    { object: matchersObject().matchers, name: 'the matchers of expect' },
    { object: wdioCustomMatchers, name: 'the custom matchers of expect' },
    { object: expect, name: 'expect' },
    { object: expect.not, name: 'expect.not' },
    ...matcherDefaults().map(object => ({ object, name: 'the options of expect' })),
  ]
}

/** Snapshots what else it keeps: equality testers and the state of its assertions. @returns a function that puts it back */
export function snapshotExpect(): () => void {
  const shared = matchersObject()
  const testers = [...shared.customEqualityTesters]
  const state = { ...shared.state }
  const named = [...matchers]
  return () => {
    shared.customEqualityTesters.splice(0, Infinity, ...testers)
    for (const key of Object.keys(shared.state))
      if (!Object.hasOwn(state, key)) Reflect.deleteProperty(shared.state, key)
    Object.assign(shared.state, state)
    matchers.clear()
    for (const [name, matcher] of named) matchers.set(name, matcher)
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
