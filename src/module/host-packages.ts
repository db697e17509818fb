import { Module, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { didYouMean } from '../error/closest-name.js'
import type { Namespace } from './module-namespace.js'
import { isSharedPackage } from './package-names.js'
import { resolveImport, resolveRequire } from './resolve-package.js'

/** What a module needs to be loaded. */
export interface LoadContext {
  /** Root of the module's asset tree; absolute. */
  directory: string
  /** Imports a package that modules share with their worker. Default: as Baton imports it. */
  importPackage?: (source: string) => Promise<object>
  /** Folders from which packages with native addons are resolved, before Baton's own. Default: the working directory. */
  installedIn?: readonly string[]
  /** Returns a replacement for one of Node's own modules. */
  builtin?: (source: string) => object | undefined
  /** Called with what the module's own code throws, or rejects a promise with, before it does. */
  onThrow?: (value: unknown) => void
  /** Called when a setup file has been loaded, before the next file is. @param index - of the setup file */
  onSetup?: ((exports: Record<string, unknown>, index: number) => Promise<void>) | undefined
  /** Called before a file that is not in the bundle is imported: this process keeps it. */
  onLastingImport?: (url: string) => void
}

/** The packages that are not in a bundle: Node's own, those that modules share with their worker, native addons. */
export class HostPackages {
  readonly #importPackage: (source: string) => Promise<object>
  readonly #installedIn: readonly string[]
  readonly #builtin: (source: string) => object | undefined
  readonly #onLastingImport: LoadContext['onLastingImport']
  readonly #imported = new Map<string, { namespace: Namespace } | { failure: unknown }>()

  /** @param addons - packages that must be installed on the host */
  constructor(
    { importPackage, installedIn, builtin, onLastingImport }: LoadContext,
    readonly addons: readonly string[],
  ) {
    this.#importPackage = importPackage ?? (source => import(source))
    this.#installedIn = installedIn ?? [process.cwd()]
    this.#builtin = builtin ?? (() => undefined)
    this.#onLastingImport = onLastingImport
  }

  /** Imports packages, so that `namespace` has them. A failure is thrown there. */
  async preload(sources: readonly string[]): Promise<void> {
    for (const source of sources) {
      const found = await this.import(source).then(
        namespace => ({ namespace: namespace as Namespace }),
        (failure: unknown) => ({ failure }),
      )
      this.#imported.set(source, found)
    }
  }

  /** Whether a package was preloaded. */
  has(source: string): boolean {
    return this.#imported.has(source)
  }

  namespace(source: string): Namespace {
    const found = this.#imported.get(source)
    if (found && 'failure' in found) throw found.failure
    return found?.namespace ?? {}
  }

  named(source: string, name: string, place?: SourceLocation): unknown {
    const namespace = this.namespace(source)
    if (name in namespace) return namespace[name]
    throw new BatonError('BATON_MODULE_IMPORT', `'${source}' has no export '${name}'.`, {
      ...(place && { place }),
      ...didYouMean(name, Object.keys(namespace)),
    })
  }

  async import(source: string, options?: ImportCallOptions): Promise<unknown> {
    if (isBuiltin(source)) return this.#builtin(source) ?? import(source, options)
    if (isSharedPackage(source)) return this.#importPackage(source)
    if (source.startsWith('data:')) return this.importFile(source, options ?? attributesOf(source))
    return this.importFile(pathToFileURL(this.#resolveWith(resolveImport, source)).href, options)
  }

  /** Imports a file from the disk, or the text of a `data:` URL. */
  importFile(url: string, options?: ImportCallOptions): Promise<unknown> {
    this.#onLastingImport?.(url)
    return import(url, options)
  }

  /** @param own - `require` of the requesting file */
  require(source: string, own: NodeJS.Require): unknown {
    if (isSharedPackage(source) && this.has(source)) {
      const namespace = this.namespace(source)
      return namespace['module.exports'] ?? namespace
    }
    if (!isBuiltin(source)) return own(this.resolve(source, own))
    const replacement = this.#builtin(source) as { default: unknown } | undefined
    return replacement ? replacement.default : own(source)
  }

  /** Returns what `import.meta.resolve` returns in a file. */
  resolveUrl(source: string, file: string): string {
    if (isBuiltin(source) || isSharedPackage(source) || /^[a-z]+:/.test(source)) return import.meta.resolve(source)
    try {
      return pathToFileURL(this.#resolveWith(resolveImport, source)).href
    } catch (error) {
      return explainMissing(error, source, file)
    }
  }

  /**
   * Returns what `require.resolve` returns.
   * @param own - `require` of the requesting file
   * @throws BatonError BATON_MODULE_ADDON if a package with a native addon is not installed here
   */
  resolve(source: string, own: NodeJS.Require): string {
    if (isBuiltin(source)) return source
    return isPath(source) ? own.resolve(source) : this.#resolveWith(resolveRequire, source)
  }

  #resolveWith(resolve: (source: string, from: string) => string, source: string): string {
    const roots = [...this.#installedIn.map(folder => join(folder, 'module.js')), fileURLToPath(import.meta.url)]
    let failure: unknown
    for (const root of roots) {
      try {
        return resolve(source, root)
      } catch (error) {
        failure ??= error
      }
    }
    const addon = this.addons.find(name => source === name || source.startsWith(`${name}/`))
    if (addon === undefined) throw failure
    throw new BatonError('BATON_MODULE_ADDON', `'${addon}' has a native addon and is not installed here.`, {
      hint: `install it on this machine, in ${this.#installedIn.join(' or ')}`,
      cause: failure,
    })
  }
}

/** What is not found by `import()` has another code in Node than what is not found by `require`. */
export function explainMissing(error: unknown, source: string, file: string): never {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
  const message = `Cannot find package '${source}' imported from ${file}`
  throw Object.assign(new Error(message, { cause: error }), { code: 'ERR_MODULE_NOT_FOUND' })
}

/** Node demands them of JSON. */
function attributesOf(url: string): ImportCallOptions {
  return url.startsWith('data:application/json') ? { with: { type: 'json' } } : {}
}

export function isPath(source: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|[a-z]{4,}:)/.test(source) && !Module.isBuiltin(source)
}
