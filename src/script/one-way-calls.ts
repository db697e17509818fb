import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Functions whose effect can be neither read nor undone, by what they belong to: a module of Node, or an object in it. */
const oneWay: Readonly<Record<string, readonly string[]>> = {
  'globalThis.Atomics': ['waitAsync'],
  crypto: ['setEngine', 'setFips'],
  http: ['setGlobalProxyFromEnv', 'setMaxIdleHTTPParsers'],
  module: ['enableCompileCache', 'register', 'registerHooks', 'setSourceMapsSupport'],
  process: ['dlopen', 'initgroups'],
  tls: ['setDefaultCACertificates'],
  util: ['setTraceSigInt'],
  v8: ['setFlagsFromString', 'setHeapSnapshotNearHeapLimit'],
  worker_threads: ['setEnvironmentData'],
}

const called = new Set<string>()

/** Wraps these functions. Call it before a module is loaded, and once. */
export function watchOneWayCalls(): void {
  for (const [source, names] of Object.entries(oneWay)) {
    const owner = ownerOf(source)
    for (const name of names) {
      const original = owner[name]
      if (typeof original !== 'function') continue
      owner[name] = wrap(original, () => called.add(`${source}.${name}()`))
    }
  }
}

function ownerOf(source: string): Record<string, unknown> {
  const [root = '', ...keys] = source.split('.')
  const start = root === 'globalThis' ? globalThis : (require(root) as object)
  return keys.reduce((owner, key) => Reflect.get(owner, key) as object, start) as Record<string, unknown>
}

/** Returns which of them were called: this process can't be as it was before. */
export function takeOneWayCalls(): string[] {
  const calls = [...called]
  called.clear()
  return calls
}

/** Wraps a function, keeping its name, length and symbols; calls `before` first. */
export function wrap(original: Function, before: (self: unknown, args: unknown[]) => void): Function {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    before(this, args)
    return Reflect.apply(original, this, args)
  }
  // With its name, length and own symbols, such as `util.promisify.custom`.
  return Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original))
}
