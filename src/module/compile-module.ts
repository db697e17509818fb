import { Module, createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileFunction, constants } from 'node:vm'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { didYouMean } from '../error/closest-name.js'
import { isSharedPackage } from './package-names.js'
import { scriptName } from './stack-mapper.js'

/** The exports of a loaded module, and of each setup file, in order. */
export interface ModuleExports {
  exports: Record<string, unknown>
  setup: Record<string, unknown>[]
}

/** What a module needs to be loaded. */
export interface LoadContext {
  /** Root of the module's asset tree; absolute. */
  directory: string
  /** Imports a package that modules share with their worker. Default: as Baton imports it. */
  importPackage?: (source: string) => Promise<object>
  /** Folders from which packages with native addons are resolved, before Baton's own. Default: the working directory. */
  installedIn?: readonly string[]
}

/** The loader's name in a module's function body; see `function-body.ts`. */
export const loaderName = '$baton_loader'

type Namespace = Record<string, unknown>

/**
 * Compiles a module's code. Unlike an imported ES module, it can be garbage-collected.
 * @param code - of a `ModuleBundle`
 * @param id - as given to `createStackMapper`
 * @returns a function that runs the module, afresh with each call. It throws what the module throws, BATON_MODULE_ADDON if
 *   a package with a native addon is not installed here, and BATON_MODULE_IMPORT if a shared package lacks an export
 */
export function compileModule(code: string, id: string): (surroundings: LoadContext) => Promise<ModuleExports> {
  const body: (loader: ModuleLoader) => Promise<ModuleExports> = compileFunction(code, [loaderName], {
    filename: scriptName(id),
    // The first line of the body is generated; this keeps line numbers as in the source map.
    lineOffset: -1,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as never
  return surroundings => body(new ModuleLoader(surroundings))
}

/** What the generated code calls to import, require and locate files. */
class ModuleLoader {
  readonly #directory: string
  readonly #importPackage: (source: string) => Promise<object>
  readonly #installedIn: readonly string[]
  readonly #imported = new Map<string, Namespace>()
  #addons: readonly string[] = []

  constructor({ directory, importPackage, installedIn }: LoadContext) {
    this.#directory = directory
    this.#importPackage = importPackage ?? (source => import(source))
    this.#installedIn = installedIn ?? [process.cwd()]
  }

  addons(names: readonly string[]): void {
    this.#addons = names
  }

  async import(source: string): Promise<Namespace> {
    const namespace = (await this.#importBare(source)) as Namespace
    this.#imported.set(source, namespace)
    return namespace
  }

  imported(source: string): Namespace | undefined {
    return this.#imported.get(source)
  }

  named(source: string, name: string, place?: SourceLocation): unknown {
    const namespace = this.#imported.get(source) ?? {}
    if (name in namespace) return namespace[name]
    throw new BatonError('BATON_MODULE_IMPORT', `'${source}' has no export '${name}'.`, {
      ...(place && { place }),
      ...didYouMean(name, Object.keys(namespace)),
    })
  }

  meta(file: string): object {
    const filename = join(this.#directory, file)
    const { href: url } = pathToFileURL(filename)
    return {
      url,
      filename,
      dirname: join(filename, '..'),
      resolve: (source: string) => (isPath(source) ? new URL(source, url).href : import.meta.resolve(source)),
    }
  }

  importFrom(file: string): (source: unknown, options?: ImportCallOptions) => Promise<unknown> {
    const parent = pathToFileURL(join(this.#directory, file))
    return async (source, options) => {
      const text = String(source)
      return isPath(text) ? import(new URL(text, parent).href, options) : this.#importBare(text, options)
    }
  }

  require(file: string): NodeJS.Require {
    const own = createRequire(join(this.#directory, file))
    const resolve = Object.assign((source: string) => this.#resolve(source, own), {
      paths: (source: string) => own.resolve.paths(source),
    })
    const load = (source: string): unknown => {
      const shared = this.#imported.get(source)
      if (shared && isSharedPackage(source)) return shared['module.exports'] ?? shared
      return isBuiltin(source) ? own(source) : own(resolve(source))
    }
    return Object.assign(load, {
      resolve,
      cache: {},
      main: undefined,
      extensions: own.extensions,
    }) satisfies NodeJS.Require
  }

  async #importBare(source: string, options?: ImportCallOptions): Promise<unknown> {
    if (isBuiltin(source)) return import(source, options)
    if (isSharedPackage(source)) return this.#importPackage(source)
    return import(pathToFileURL(this.#resolve(source)).href, options)
  }

  #resolve(source: string, own?: NodeJS.Require): string {
    if (isPath(source) && own) return own.resolve(source)
    const roots = [...this.#installedIn.map(folder => join(folder, 'module.js')), import.meta.url]
    let failure: unknown
    for (const root of roots) {
      try {
        return createRequire(root).resolve(source)
      } catch (error) {
        failure ??= error
      }
    }
    const addon = this.#addons.find(name => source === name || source.startsWith(`${name}/`))
    if (addon === undefined) throw failure
    throw new BatonError('BATON_MODULE_ADDON', `'${addon}' has a native addon and is not installed here.`, {
      hint: `install it on this machine, in ${this.#installedIn.join(' or ')}`,
      cause: failure,
    })
  }
}

function isPath(source: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|[a-z]{4,}:)/.test(source) && !Module.isBuiltin(source)
}
