import { createHook } from 'node:async_hooks'
import { globalAgent as httpAgent } from 'node:http'
import { globalAgent as httpsAgent } from 'node:https'
import { builtinModules, createRequire } from 'node:module'
import { inspect } from 'node:util'
import type { NamedObject } from './object-graph.js'
import type { Setting } from './process-settings.js'

const require = createRequire(import.meta.url)

/** Loading one of these changes how Node works, takes long or prints a warning. A module that loads one costs the worker. */
const notPreloaded = /^(?:_stream_wrap|domain|inspector|punycode|repl|sys|trace_events|wasi)(?:\/|$)/

/** Read only if needed: reading them prints a warning. */
const deprecatedAccessors = new Set(['crypto.fips', 'crypto.prng', 'crypto.pseudoRandomBytes', 'crypto.rng'])
const webStorage = new Set<PropertyKey>(['localStorage', 'sessionStorage'])

/** Node's modules by name; loads them. */
function coreModules(): [string, object][] {
  const loaded = Reflect.get(process, 'moduleLoadList') as string[]
  return builtinModules
    .filter(name => !name.startsWith('node:') && (!notPreloaded.test(name) || loaded.includes(`NativeModule ${name}`)))
    .map(name => [name, require(name) as object])
}

/**
 * The built-in objects of the language and of Node that all modules of a worker share. Loads Node's modules, and defines the
 * globals that Node defines when they are first read.
 */
export function builtinObjects(): NamedObject[] {
  const globals = Reflect.ownKeys(globalThis)
    .filter(key => !webStorage.has(key))
    .map(key => ({ object: Reflect.get(globalThis, key) as object, name: String(key) }))
  return [
    { object: globalThis, name: 'globalThis' },
    { object: process, name: 'process', ignored: processState },
    { object: process.report, name: 'process.report' },
    ...globals.filter(({ object }) => isObject(object) && !instancesWithState.has(object)),
    ...hiddenPrototypes(),
    ...coreModules().map(([name, object]) => ({ object, name, ignored: moduleState[name] ?? [] })),
    ...instances(),
  ]
}

/** What Node itself keeps in properties of `process`, and what is put back by other means. */
const processState = ['_events', '_eventsCount', '_maxListeners', '_exiting', 'moduleLoadList', 'domain']

/** Tables that can't be changed, or that are put back by other means. */
const moduleState: Record<string, readonly PropertyKey[]> = {
  module: ['_cache', '_pathCache', '_contextualCoreModules', '_readPackage', 'builtinModules'],
}

/** Instances whose state changes as they are used; the objects below have the rest. */
const instancesWithState = new Set<object>([globalThis, process])

const agentState = [
  'sockets',
  'freeSockets',
  'requests',
  'totalSocketCount',
  '_events',
  '_eventsCount',
  '_sessionCache',
]

function instances(): NamedObject[] {
  return [
    { object: inspect.defaultOptions, name: 'util.inspect.defaultOptions' },
    { object: httpAgent, name: 'http.globalAgent', ignored: agentState },
    { object: httpsAgent, name: 'https.globalAgent', ignored: agentState },
    { object: crypto.subtle, name: 'crypto.subtle' },
    { object: process.argv, name: 'process.argv' },
    { object: process.execArgv, name: 'process.execArgv' },
  ]
}

/** Prototypes that no global leads to. */
function hiddenPrototypes(): NamedObject[] {
  const timer = setTimeout(() => {})
  const immediate = setImmediate(() => {})
  clearTimeout(timer)
  clearImmediate(immediate)
  const samples: Record<string, object> = {
    'an array iterator': [].values(),
    'a map iterator': new Map().values(),
    'a set iterator': new Set().values(),
    'a string iterator': ''[Symbol.iterator](),
    'a match iterator': ''.matchAll(/a/g),
    'a generator': (function* () {})(),
    'a generator function': function* () {},
    'an async function': async function () {},
    'an async generator': (async function* () {})(),
    'an async generator function': async function* () {},
    'a typed array': Uint8Array.prototype,
    'a timer': timer,
    'an immediate': immediate,
    'an async hook': createHook({}),
  }
  return Object.entries(samples).flatMap(([name, sample]) => {
    const prototype = Reflect.getPrototypeOf(sample)
    return prototype ? [{ object: prototype, name: `the prototype of ${name}` }] : []
  })
}

/** The values behind accessors that anybody may set: `http.globalAgent`, `fs.ReadStream`, the global `Buffer`, … */
export function accessorSettings(): Setting[] {
  const owners: [string, object][] = [['globalThis', globalThis], ['process.report', process.report], ...coreModules()]
  return owners.flatMap(([name, object]) =>
    object === process ? [] : Reflect.ownKeys(object).flatMap(key => accessorSetting(name, object, key)),
  )
}

function accessorSetting(owner: string, object: object, key: PropertyKey): Setting[] {
  const name = `${owner}.${String(key)}`
  if (deprecatedAccessors.has(name) || webStorage.has(key)) return []
  // Some are replaced by their value when they are first read.
  const value: unknown = Reflect.get(object, key)
  const descriptor = Reflect.getOwnPropertyDescriptor(object, key)
  if (!descriptor?.get || !descriptor.set || value === undefined) return []
  return [{ name, read: () => Reflect.get(object, key), write: (old: unknown) => Reflect.set(object, key, old) }]
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
