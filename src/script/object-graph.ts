import { types } from 'node:util'

/** An object whose properties modules share, and how to name it. */
export interface NamedObject {
  object: object
  name: string
  /** Keys whose values change without a module's doing. */
  ignored?: readonly PropertyKey[]
}

/** How far objects are followed from a root: `http` → `Server` → `prototype` → `constructor`. */
const maxDepth = 3

/** Keys of functions that say nothing about them. */
const plainFunctionKeys: ReadonlySet<PropertyKey> = new Set(['length', 'name', 'arguments', 'caller', 'prototype'])

/**
 * Lists the objects that can be reached from some roots by data properties and prototypes: functions, plain objects and
 * arrays. Calls no getter and no trap of a proxy. A function without properties is left out.
 */
export function collectObjects(roots: readonly NamedObject[]): NamedObject[] {
  const seen = new Set<object>()
  const found: NamedObject[] = []
  let level = roots.map(root => ({ ...root, isRoot: true }))
  for (let depth = 0; level.length > 0; depth++) {
    const next: typeof level = []
    for (const item of level) {
      if (seen.has(item.object) || types.isProxy(item.object)) continue
      seen.add(item.object)
      if (!Object.isFrozen(item.object)) found.push(item)
      if (depth < maxDepth) next.push(...membersOf(item).map(member => ({ ...member, isRoot: false })))
    }
    level = next.filter(({ object }) => !seen.has(object))
  }
  return found
}

function membersOf({ object, name, ignored }: NamedObject): NamedObject[] {
  const members: NamedObject[] = []
  for (const key of Reflect.ownKeys(object)) {
    const value: unknown = ignored?.includes(key) ? undefined : Reflect.getOwnPropertyDescriptor(object, key)?.value
    if (isFollowed(value, key)) members.push({ object: value, name: `${name}.${String(key)}` })
  }
  const prototype = Reflect.getPrototypeOf(object)
  if (prototype) members.push({ object: prototype, name: `the prototype of ${name}` })
  return members
}

function isFollowed(value: unknown, key: PropertyKey): value is object {
  if (typeof value === 'function') return !isPlainFunction(value)
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false
  if (key === 'prototype') return true
  const prototype: unknown = Reflect.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || prototype === Array.prototype
}

/** Whether there is nothing in a function that a module could have changed to any effect. */
function isPlainFunction(value: object): boolean {
  if (types.isProxy(value) || !Reflect.ownKeys(value).every(key => plainFunctionKeys.has(key))) return false
  const prototype: unknown = Reflect.getOwnPropertyDescriptor(value, 'prototype')?.value
  return typeof prototype !== 'object' || prototype === null || Reflect.ownKeys(prototype).length <= 1
}
