/** The exports of a file or package, as `import * as name` has them. */
export type Namespace = Record<string, unknown>

export function createNamespace(): Namespace {
  const namespace = Object.create(null) as Namespace
  return Object.defineProperty(namespace, Symbol.toStringTag, { value: 'Module' })
}

/** Defines an export that is read each time, because it may change or have no value yet. */
export function defineLive(namespace: Namespace, name: string, read: () => unknown): void {
  Object.defineProperty(namespace, name, { get: read, enumerable: true, configurable: true })
}

/** Makes a namespace final: sorted names, no further changes. */
export function sealNamespace(namespace: Namespace, names: ReadonlyMap<string, () => unknown>, isLive: boolean): void {
  for (const name of Object.keys(namespace)) Reflect.deleteProperty(namespace, name)
  for (const [name, read] of [...names].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (isLive) Object.defineProperty(namespace, name, { get: read, enumerable: true })
    else Object.defineProperty(namespace, name, { value: read(), enumerable: true })
  }
  Object.preventExtensions(namespace)
}

/** Returns an object whose properties are read by a function, and can't be changed. */
export function liveObject(read: (name: string) => unknown, names: () => string[]): object {
  return new Proxy(createNamespace(), {
    get: (target, key) => (typeof key === 'string' ? read(key) : Reflect.get(target, key)),
    has: (_, key) => typeof key === 'string' && names().includes(key),
    ownKeys: target => [...names(), ...Reflect.ownKeys(target)],
    getOwnPropertyDescriptor: (target, key) =>
      typeof key === 'string'
        ? { value: read(key), enumerable: true, configurable: true }
        : Reflect.getOwnPropertyDescriptor(target, key),
    set: () => false,
    defineProperty: () => false,
  })
}

/**
 * Returns what an ES module imports from a CommonJS file.
 * @param isNode - whether Node treats the importer as an ES module by its name: then the default import is `module.exports`
 *   even if a compiler marked it as a converted ES module
 */
export function commonJsNamespace(exports: unknown, isNode: boolean): Namespace {
  const namespace = createNamespace()
  const names = new Map(namesOf(exports).map(name => [name, () => commonJsExport(exports, name, isNode)]))
  names.set('default', () => commonJsExport(exports, 'default', isNode))
  sealNamespace(namespace, names, true)
  return namespace
}

/** Returns one import from a CommonJS file. */
export function commonJsExport(exports: unknown, name: string, isNode: boolean): unknown {
  if (name === 'default' && (isNode || !isConverted(exports))) return exports
  return exports === undefined || exports === null ? undefined : (Object(exports) as Namespace)[name]
}

/** Returns what `require` returns for an ES module. */
export function toCommonJs(namespace: Namespace): object {
  const exports = Object.defineProperty({}, '__esModule', { value: true })
  for (const name of Object.keys(namespace))
    Object.defineProperty(exports, name, { get: () => namespace[name], enumerable: true })
  return exports
}

export function namesOf(exports: unknown): string[] {
  const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function'
  return isObject ? Object.keys(exports) : []
}

function isConverted(exports: unknown): boolean {
  return typeof exports === 'object' && exports !== null && '__esModule' in exports && exports.__esModule === true
}
