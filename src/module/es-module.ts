import type { BatonOfFile, BundledEsModule } from './bundle-format.js'
import { createNamespace, defineLive, sealNamespace, type Namespace } from './module-namespace.js'

/** An exported variable. Two are the same if owner and name are. */
export interface Binding {
  owner: object
  name: string
  read: () => unknown
}

/** Which exports of which modules were searched already: `export *` may be circular. */
type Seen = Map<EsModule, Set<string>>

/** What an ES module asks of the loader; specifiers are as the module wrote them. */
export interface EsModuleSurroundings {
  baton: BatonOfFile
  /** Evaluates what a specifier stands for, unless that was done before. */
  evaluate: (source: string) => void | Promise<void>
  /** Returns the ES module in the bundle that a specifier stands for. */
  esModule: (source: string) => EsModule | undefined
  /** Returns the names of what is not an ES module in the bundle. */
  namesOf: (source: string) => string[]
  /** Called when all that the module imports has been evaluated, before its own code runs. */
  checkImports: () => void
}

/** One ES module in a run of a bundle, evaluated as ECMAScript has it. */
export class EsModule {
  readonly namespace: Namespace = createNamespace()
  #getters: Record<string, () => unknown> = {}
  #state: 'new' | 'evaluating' | 'evaluated' = 'new'
  #failure: { error: unknown } | undefined
  #pending: Promise<void> | undefined
  /** In a cycle: its code, paused after its exports were registered. */
  #paused: Iterator<unknown> | AsyncIterator<unknown> | undefined

  constructor(
    readonly file: BundledEsModule,
    readonly surroundings: EsModuleSurroundings,
  ) {
    for (const { name } of file.reexports) defineLive(this.namespace, name, () => this.resolve(name)?.read())
  }

  register(getters: Record<string, () => unknown>): void {
    this.#getters = getters
    for (const name of Object.keys(getters)) defineLive(this.namespace, name, getters[name] ?? (() => undefined))
  }

  /** Makes the functions of this module, and of those in its cycle, callable before they are evaluated. */
  link(): void {
    if (!this.file.cyclic || this.#paused || this.#state === 'evaluated') return
    this.#paused = this.file.run(this.surroundings.baton)() as Iterator<unknown> | AsyncIterator<unknown>
    void this.#paused.next()
    for (const source of this.file.sources) this.surroundings.esModule(source)?.link()
  }

  /** @returns a promise if this module, or one that it imports, awaits at its top level */
  evaluate(): void | Promise<void> {
    if (this.#failure) throw this.#failure.error
    if (this.#state !== 'new') return this.#pending
    this.#state = 'evaluating'
    try {
      this.link()
      const pending: Promise<void>[] = []
      for (const source of this.file.sources) {
        const imported = this.surroundings.evaluate(source)
        if (imported) pending.push(imported)
      }
      const done = pending.length > 0 ? Promise.all(pending).then(() => this.#run()) : this.#run()
      if (!isPromise(done)) return this.#finish()
      this.#pending = done.then(
        () => this.#finish(),
        (error: unknown) => this.#fail(error),
      )
      // The caller that evaluated this module handles its failure.
      this.#pending.catch(() => {})
      return this.#pending
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Finds an export; undefined if there is none, or if two `export *` have different ones. */
  resolve(name: string): Binding | undefined {
    const found = this.#find(name, new Map())
    return found === 'ambiguous' ? undefined : found
  }

  exportedNames(seen = new Set<EsModule>()): string[] {
    if (seen.has(this)) return []
    seen.add(this)
    const { stars, reexports } = this.file
    const starred = stars.flatMap(source => {
      const target = this.surroundings.esModule(source)
      return target ? target.exportedNames(seen) : this.surroundings.namesOf(source)
    })
    return [
      ...Object.keys(this.#getters),
      ...reexports.map(({ name }) => name),
      ...starred.filter(name => name !== 'default'),
    ]
  }

  #find(name: string, seen: Seen): Binding | 'ambiguous' | undefined {
    const names = seen.get(this) ?? new Set()
    if (names.has(name)) return undefined
    seen.set(this, names.add(name))
    const own = Object.hasOwn(this.#getters, name) ? this.#getters[name] : undefined
    if (own) return { owner: this, name, read: own }
    const reexport = this.file.reexports.find(each => each.name === name)
    if (reexport) return this.#through(reexport.source, reexport.imported, seen)
    if (name === 'default') return undefined
    let found: Binding | undefined
    for (const source of this.file.stars) {
      const next = this.#through(source, name, seen)
      if (next === 'ambiguous') return next
      if (next && found && (next.owner !== found.owner || next.name !== found.name)) return 'ambiguous'
      found ??= next
    }
    return found
  }

  #through(source: string, name: string, seen: Seen): Binding | 'ambiguous' | undefined {
    const { baton, esModule, namesOf } = this.surroundings
    const target = esModule(source)
    if (name === '*') return { owner: baton.namespace(source), name, read: () => baton.namespace(source) }
    if (target) return target.#find(name, seen)
    const isListed = this.file.stars.includes(source) && !namesOf(source).includes(name)
    return isListed ? undefined : { owner: baton.namespace(source), name, read: () => baton.named(source, name) }
  }

  #run(): unknown {
    this.surroundings.checkImports()
    if (this.#paused) return this.#paused.next()
    return this.file.run(this.surroundings.baton)()
  }

  #finish(): void {
    this.#state = 'evaluated'
    this.#paused = undefined
    const names = new Map<string, () => unknown>()
    for (const name of this.exportedNames()) {
      const binding = this.resolve(name)
      if (binding) names.set(name, binding.read)
    }
    sealNamespace(this.namespace, names, this.file.mutable || this.file.cyclic)
  }

  #fail(error: unknown): never {
    this.#state = 'evaluated'
    this.#failure = { error }
    throw error
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise
}
