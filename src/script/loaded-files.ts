import { Module, builtinModules } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFile } from '../process/package-root.js'

type Cache = Record<string, { exports: unknown } | undefined>

/** Core modules that do no harm although they are first loaded by a module. */
const harmless = new Set(['punycode', 'sys'])

/** Files of ES modules, and `data:` URLs. */
const imported = new Set<string>()

/** Notes an ES module that a module imports from the disk: Node lists only CommonJS files. */
export function noteImport(url: string): void {
  imported.add(url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/s, '')) : url.slice(0, maxUrlLength))
}

/** Characters of a `data:` URL in a message. */
const maxUrlLength = 60

/** The files and core modules that are loaded, to find out what a module loads or replaces. */
export class LoadedFiles {
  readonly #cache = (Module as unknown as { _cache: Cache })._cache
  readonly #own = ownPackages()
  readonly #known: [name: string, entry: Cache[string], exports: PropertyDescriptor | undefined][] = []
  readonly #coreModules: readonly string[] = Reflect.get(process, 'moduleLoadList') as string[]
  #coreModulesSeen = this.#coreModules.length

  constructor() {
    this.#note(Object.keys(this.#cache))
  }

  /**
   * Puts back the files that a module replaced.
   * @returns what it loaded from the disk or from Node, which stays in memory
   */
  restore(): string[] {
    const cache = this.#cache
    for (const [name, entry, exports] of this.#known) {
      if (entry && exports && entry.exports !== exports.value) Reflect.defineProperty(entry, 'exports', exports)
      if (cache[name] !== entry) cache[name] = entry
    }
    // The rest are files that Baton's own packages load late.
    const loaded = Object.keys(cache).length === this.#known.length ? [] : this.#added()
    return [...new Set([...loaded, ...this.#imports()]), ...this.#newCoreModules()]
  }

  #imports(): string[] {
    const names = [...imported].filter(name => !this.#isOwn(name))
    imported.clear()
    return names
  }

  #added(): string[] {
    const known = new Set(this.#known.map(([name]) => name))
    const added = Object.keys(this.#cache).filter(name => !known.has(name))
    this.#note(added)
    return added.filter(name => !this.#isOwn(name))
  }

  #isOwn(name: string): boolean {
    return this.#own.some(folder => name.startsWith(folder))
  }

  #note(names: readonly string[]): void {
    for (const name of names) {
      const entry = this.#cache[name]
      const exports = entry && Reflect.getOwnPropertyDescriptor(entry, 'exports')
      // Of some, it is an accessor.
      this.#known.push([name, entry, exports && 'value' in exports ? exports : undefined])
    }
  }

  #newCoreModules(): string[] {
    const loaded = this.#coreModules.slice(this.#coreModulesSeen)
    this.#coreModulesSeen = this.#coreModules.length
    return loaded
      .map(entry => entry.replace('NativeModule ', ''))
      .filter(name => builtinModules.includes(name) && !harmless.has(name))
      .map(name => `node:${name}`)
  }
}

/** The folders that hold Baton and the packages that it needs. */
function ownPackages(): string[] {
  const parent = path.dirname(packageFile())
  const folders =
    path.basename(parent) === 'node_modules' ? [parent] : [packageFile('dist'), packageFile('node_modules')]
  return folders.map(folder => folder + path.sep)
}
