import { readFileSync } from 'node:fs'
import { Module, createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import type { BatonOfFile, BundledFiles, CommonJsNames } from './bundle-format.js'
import { CommonJsLoader } from './common-js.js'
import { EsModule } from './es-module.js'
import { FileFinder } from './find-bundled-file.js'
import { ImportCheck } from './import-check.js'
import { explainMissing, HostPackages, isPath, type LoadContext } from './host-packages.js'
import { commonJsExport, commonJsNamespace, liveObject, toCommonJs, type Namespace } from './module-namespace.js'

/** The exports of a loaded module, and of each setup file, in order. */
export interface ModuleExports {
  exports: Record<string, unknown>
  setup: Record<string, unknown>[]
}

interface NamedImport {
  /** That imports. */
  file: string
  source: string
  name: string
  place: SourceLocation | undefined
}

/** Loads the files of a bundle once, as Node loads files. */
export class ModuleLoader {
  readonly #bundle: BundledFiles
  readonly #context: LoadContext
  readonly #packages: HostPackages
  readonly #finder: FileFinder
  readonly #commonJs: CommonJsLoader
  readonly #imports: ImportCheck
  readonly #esModules = new Map<string, EsModule>()
  readonly #batons = new Map<string, BatonOfFile>()
  readonly #namespaces = new WeakMap<Module, Map<boolean, Namespace>>()
  #moduleNamespace: Namespace | undefined
  /** What ES modules return to `require`. */
  readonly #required = new WeakMap<EsModule, object>()

  constructor(bundle: BundledFiles, context: LoadContext) {
    this.#bundle = bundle
    this.#context = context
    this.#packages = new HostPackages(context, bundle.addons)
    this.#finder = new FileFinder(bundle.files, context.directory)
    this.#commonJs = new CommonJsLoader({
      directory: context.directory,
      find: (file, source) => this.#finder.find(file, source, 'requires'),
      run: (file, module) => this.#runCommonJs(file, module),
      requireFromHost: (source, own) => this.#requireFromHost(source, own),
      resolveOnHost: (source, own) => this.#packages.resolve(source, own),
    })
    this.#imports = new ImportCheck(bundle.files, {
      find: (from, source) => this.#finder.find(from, source, 'imports'),
      esModule: (from, source) => this.#esModule(from)?.surroundings.esModule(source),
      isLoaded: file => this.#commonJs.isLoaded(file),
      namesOf: (from, source) => Object.keys(this.#importedNamespace(from, source)),
    })
  }

  async load(): Promise<ModuleExports> {
    const { refused } = this.#bundle
    if (refused) throw new BatonError(refused.code, refused.message, refused)
    await this.#packages.preload(this.#bundle.packages)
    const setup: Namespace[] = []
    for (const [index, file] of this.#bundle.setup.entries()) {
      const exports = await this.#import(file)
      setup.push(exports)
      await this.#context.onSetup?.(exports, index)
    }
    return { setup, exports: await this.#import(this.#bundle.entry) }
  }

  async #import(file: string, isNode = false): Promise<Namespace> {
    try {
      await this.#evaluate(file)
    } finally {
      // If something has failed, a missing export may be the cause.
      this.#imports.checkCycles()
    }
    return this.#namespaceOf(file, isNode)
  }

  #evaluate(file: string): void | Promise<void> {
    const esModule = this.#esModule(file)
    if (esModule) return esModule.evaluate()
    this.#commonJs.load(file)
    return undefined
  }

  #esModule(file: string): EsModule | undefined {
    const bundled = this.#bundle.files[file]
    if (bundled?.kind !== 'esm') return undefined
    const known = this.#esModules.get(file)
    if (known) return known
    const find = (source: string): string | undefined => this.#finder.find(file, source, 'imports')
    const created = new EsModule(bundled, {
      baton: this.#batonOf(file),
      evaluate: source => {
        const found = find(source)
        if (found !== undefined) return this.#evaluate(found)
        this.#packages.namespace(source)
        return undefined
      },
      esModule: source => {
        const found = find(source)
        return found === undefined || this.#isLikeCommonJs(found) ? undefined : this.#esModule(found)
      },
      namesOf: source => Object.keys(this.#importedNamespace(file, source)),
      checkImports: () => this.#imports.check(file),
    })
    this.#esModules.set(file, created)
    return created
  }

  /** Whether a file's exports are what `module.exports` is. */
  #isLikeCommonJs(file: string): boolean {
    const bundled = this.#bundle.files[file]
    return bundled?.kind !== 'esm' || bundled.mixed
  }

  #namespaceOf(file: string, isNode: boolean): Namespace {
    const esModule = this.#esModule(file)
    if (esModule && !esModule.file.mixed) return esModule.namespace
    const module = this.#commonJsModule(file)
    const known = this.#namespaces.get(module) ?? new Map<boolean, Namespace>()
    this.#namespaces.set(module, known)
    const isPlain = isNode || this.#bundle.files[file]?.kind === 'json'
    const namespace = known.get(isPlain) ?? commonJsNamespace(module.exports, isPlain)
    if (module.loaded || esModule) known.set(isPlain, namespace)
    return namespace
  }

  #commonJsModule(file: string): Module {
    if (!this.#esModule(file)) return this.#commonJs.load(file)
    return this.#batonOf(file).commonJs.module
  }

  #importedNamespace(from: string, source: string): Namespace {
    const found = this.#finder.find(from, source, 'imports')
    return found === undefined ? this.#packageNamespace(source) : this.#namespaceOf(found, this.#isNode(from))
  }

  #named({ file, source, name, place }: NamedImport): unknown {
    const found = this.#finder.find(file, source, 'imports')
    if (found === undefined) return this.#namedOfPackage(source, name, place)
    if (!this.#isLikeCommonJs(found)) return this.#esModule(found)?.resolve(name)?.read()
    const isPlain = this.#isNode(file) || this.#bundle.files[found]?.kind === 'json'
    return commonJsExport(this.#commonJsModule(found).exports, name, isPlain)
  }

  #packageNamespace(source: string): Namespace {
    const namespace = this.#packages.namespace(source)
    return namespace['default'] === Module ? this.#nodeModuleNamespace(namespace) : namespace
  }

  #nodeModuleNamespace(namespace: Namespace): Namespace {
    this.#moduleNamespace ??= liveObject(
      name => (name === 'createRequire' ? this.#createRequire : this.#ownModule(namespace[name])),
      () => Object.keys(namespace),
    ) as Namespace
    return this.#moduleNamespace
  }

  #namedOfPackage(source: string, name: string, place?: SourceLocation): unknown {
    if (isBuiltin(source) && name === 'createRequire') return this.#createRequire
    return this.#ownModule(this.#packages.named(source, name, place))
  }

  #isNode(file: string): boolean {
    const bundled = this.#bundle.files[file]
    return bundled !== undefined && bundled.kind !== 'json' && bundled.node
  }

  #runCommonJs(file: string, module: Module): void {
    const bundled = this.#bundle.files[file]
    if (!bundled) this.#runSentFile(join(this.#context.directory, file), module)
    else if (bundled.kind === 'json') module.exports = JSON.parse(bundled.text)
    else if (bundled.kind === 'esm') module.exports = this.#requireEsModule(file)
    else {
      const { require, exports, __filename, __dirname } = this.#commonJs.namesFor(file, module)
      Reflect.apply(bundled.run(this.#batonOf(file)), exports, [exports, require, module, __filename, __dirname])
    }
  }

  /** A file that is not code: JSON, or what a hook of the module compiles. */
  #runSentFile(path: string, module: Module): void {
    module.exports = path.endsWith('.json') ? JSON.parse(readFileSync(path, 'utf8')) : createRequire(path)(path)
  }

  #requireEsModule(file: string): unknown {
    const esModule = this.#esModule(file)
    const pending = esModule?.evaluate()
    if (pending || !esModule) {
      throw Object.assign(new Error(`require() can't load ${file}, because it awaits at its top level`), {
        code: 'ERR_REQUIRE_ASYNC_MODULE',
      })
    }
    if (esModule.file.mixed) return this.#commonJsModule(file).exports
    const known = this.#required.get(esModule) ?? toCommonJs(esModule.namespace)
    this.#required.set(esModule, known)
    return known
  }

  #batonOf(file: string): BatonOfFile {
    const known = this.#batons.get(file) ?? this.#createBaton(file)
    this.#batons.set(file, known)
    return known
  }

  #createBaton(file: string): BatonOfFile {
    const named: BatonOfFile['named'] = (source, name, place) => this.#named({ file, source, name, place })
    const namespace = (source: string): Namespace => this.#lazyNamespace(file, source)
    let names: CommonJsNames | undefined
    const commonJs = (): CommonJsNames => (names ??= this.#commonJs.namesFor(file, this.#commonJs.create(file)))
    return Object.defineProperty(
      Object.assign(
        (source: unknown, options?: ImportCallOptions) => this.#importDynamically(file, String(source), options),
        {
          meta: this.#metaOf(file),
          thrown: this.#thrown,
          exports: (getters: Record<string, () => unknown>) => this.#esModule(file)?.register(getters),
          namespace,
          live: (source: string) =>
            liveObject(
              name => named(source, name),
              () => Object.keys(namespace(source)),
            ),
          named,
        },
      ),
      'commonJs',
      { get: commonJs },
    ) as BatonOfFile
  }

  /** In a cycle, a CommonJS file may be asked for before it is loaded. */
  #lazyNamespace(from: string, source: string): Namespace {
    const found = this.#finder.find(from, source, 'imports')
    const isEarly = found !== undefined && this.#isLikeCommonJs(found) && !this.#commonJs.isLoaded(found)
    if (!isEarly || this.#esModule(found)) return this.#importedNamespace(from, source)
    const later = (): Namespace => this.#namespaceOf(found, this.#isNode(from))
    return liveObject(
      name => later()[name],
      () => Object.keys(later()),
    ) as Namespace
  }

  async #importDynamically(file: string, source: string, options?: ImportCallOptions): Promise<unknown> {
    // Never within the call itself.
    await Promise.resolve()
    const found = this.#finder.find(file, source, 'imports')
    if (found !== undefined) return this.#import(found, this.#isNode(file))
    if (!isPath(source))
      return this.#packages.import(source, options).catch(error => explainMissing(error, source, file))
    return this.#packages.importFile(new URL(source, pathToFileURL(join(this.#context.directory, file))).href, options)
  }

  readonly #thrown = (value: unknown): unknown => {
    this.#context.onThrow?.(value)
    return value
  }

  #metaOf(file: string): object {
    const filename = join(this.#context.directory, file)
    const { href: url } = pathToFileURL(filename)
    const resolve = (source: string): string => {
      const found = this.#finder.find(file, source, 'imports')
      if (found !== undefined) return pathToFileURL(join(this.#context.directory, found)).href
      return isPath(source) ? new URL(source, url).href : this.#packages.resolveUrl(source, file)
    }
    return Object.assign(Object.create(null) as object, { dirname: dirname(filename), filename, resolve, url })
  }

  /** `createRequire` of Node's own package would not find the files of the bundle. */
  #requireFromHost(source: string, own: NodeJS.Require): unknown {
    return this.#ownModule(this.#packages.require(source, own))
  }

  #ownModule(value: unknown): unknown {
    return value === Module ? this.#nodeModule : value
  }

  readonly #createRequire = (from: string | URL): NodeJS.Require => {
    const path = from instanceof URL || from.startsWith('file:') ? fileURLToPath(from) : from
    return this.#finder.isInside(path) ? this.#commonJs.requireOf(this.#finder.fileAt(path)) : createRequire(from)
  }

  readonly #nodeModule = new Proxy(Module, {
    get: (target, key) => (key === 'createRequire' ? this.#createRequire : (Reflect.get(target, key) as unknown)),
  })
}
