import { EventEmitter } from 'node:events'
import { snapshotProperties, type Restore } from './property-snapshot.js'

// Constructors and namespaces of the language and of Node that a module may have patched.
// prettier-ignore
const names = [
  'Object', 'Function', 'Array', 'Number', 'Boolean', 'String', 'Symbol', 'BigInt', 'Date', 'RegExp', 'Promise',
  'Map', 'Set', 'WeakMap', 'WeakSet', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'AggregateError',
  'ArrayBuffer', 'Uint8Array', 'Buffer', 'URL', 'URLSearchParams', 'EventTarget', 'AbortController', 'AbortSignal',
  'JSON', 'Math', 'Reflect', 'Intl', 'console', 'performance',
] as const

/** Snapshots the built-in objects and their prototypes. */
export function snapshotBuiltins(): Restore {
  const restores: Restore[] = [
    snapshotProperties(EventEmitter, 'EventEmitter', isNodeInternal),
    snapshotProperties(EventEmitter.prototype, 'EventEmitter.prototype', isNodeInternal),
  ]
  for (const name of names) {
    const builtin: unknown = Reflect.get(globalThis, name)
    if (!isObject(builtin)) continue
    restores.push(snapshotProperties(builtin, name, isNodeInternal))
    const prototype: unknown = Reflect.get(builtin, 'prototype')
    if (isObject(prototype)) restores.push(snapshotProperties(prototype, `${name}.prototype`))
  }
  // An accessor, so that its property never changes.
  const { defaultMaxListeners } = EventEmitter
  return () => {
    const stuck = restores.flatMap(restore => restore())
    EventEmitter.defaultMaxListeners = defaultMaxListeners
    return stuck
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Whether a key is one of those under which Node keeps internal state on its objects. */
export function isNodeInternal(key: PropertyKey): boolean {
  return typeof key === 'symbol' || String(key).startsWith('_')
}
