import { Module, createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { CommonJsNames } from './bundle-format.js'

/** Node's functions that its types leave out. */
const internals = Module as unknown as { _nodeModulePaths: (folder: string) => string[] }

/** What CommonJS files ask of the loader. Files are named by their paths in the asset tree. */
export interface CommonJsSurroundings {
  /** Root of the asset tree; absolute. */
  directory: string
  /** Returns the bundled file that a specifier of a file stands for. */
  find: (file: string, source: string) => string | undefined
  /** Fills `module.exports`. */
  run: (file: string, module: Module) => void
  /** Loads what is not in the bundle. */
  requireFromHost: (source: string, own: NodeJS.Require) => unknown
  resolveOnHost: (source: string, own: NodeJS.Require) => string
}

/** The CommonJS files in a run of a bundle, loaded as Node does. */
export class CommonJsLoader {
  /** As `require.cache`: a script may delete or replace what is loaded. */
  readonly #cache: Record<string, Module> = Object.create(null) as Record<string, Module>
  /** mocha's command line, by which modules would be loaded without Baton. */
  readonly #main: Module

  constructor(readonly surroundings: CommonJsSurroundings) {
    this.#main = new Module(join(process.cwd(), 'node_modules', 'mocha', 'bin', '_mocha'))
    this.#main.filename = this.#main.id
    this.#main.loaded = true
  }

  /** @param parent - the module that requires it; default: mocha */
  load(file: string, parent: Module | undefined = this.#main): Module {
    const filename = join(this.surroundings.directory, file)
    const known = this.#cache[filename]
    if (known) return known
    const module = this.create(file, parent)
    this.#cache[filename] = module
    try {
      this.surroundings.run(file, module)
    } catch (error) {
      Reflect.deleteProperty(this.#cache, filename)
      throw error
    }
    module.loaded = true
    return module
  }

  isLoaded(file: string): boolean {
    return this.#cache[join(this.surroundings.directory, file)]?.loaded === true
  }

  create(file: string, parent: Module | undefined = this.#main): Module {
    const filename = join(this.surroundings.directory, file)
    const module = new Module(filename, parent)
    module.filename = filename
    module.paths = internals._nodeModulePaths(dirname(filename))
    module.require = (source: string) => this.#require(file, module, source)
    return module
  }

  /** Returns the names that CommonJS code uses without declaring them. */
  namesFor(file: string, module: Module): CommonJsNames {
    const filename = join(this.surroundings.directory, file)
    return {
      require: this.requireOf(file, module),
      module,
      exports: module.exports,
      __filename: filename,
      __dirname: dirname(filename),
    }
  }

  requireOf(file: string, module: Module = this.create(file)): NodeJS.Require {
    const { directory, find, resolveOnHost } = this.surroundings
    const own = createRequire(join(directory, file))
    const require = (source: string): unknown => this.#require(file, module, source)
    const resolve = (source: string): string => {
      const found = find(file, source)
      return found === undefined ? resolveOnHost(source, own) : join(directory, found)
    }
    return Object.assign(require, {
      resolve: Object.assign(resolve, { paths: (source: string) => own.resolve.paths(source) }),
      cache: this.#cache,
      main: this.#main,
      // oxlint-disable-next-line typescript/no-deprecated -- scripts may still read it
      extensions: own.extensions,
    })
  }

  #require(file: string, module: Module, source: string): unknown {
    const { directory, find, requireFromHost } = this.surroundings
    const found = find(file, source)
    if (found !== undefined) return this.load(found, module).exports
    return requireFromHost(source, createRequire(join(directory, file)))
  }
}
