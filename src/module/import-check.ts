import { BatonError } from '../error/baton-error.js'
import { didYouMean } from '../error/closest-name.js'
import type { BundledFile, UncheckedImport } from './bundle-format.js'
import type { EsModule } from './es-module.js'

/** What the check needs of the loader; `from` is the importing file, specifiers are as it wrote them. */
export interface ImportedFiles {
  /** Returns the file of the bundle, or undefined for a package of the host. */
  find: (from: string, source: string) => string | undefined
  /** Returns the ES module in the bundle that a specifier stands for. */
  esModule: (from: string, source: string) => EsModule | undefined
  /** Whether a CommonJS file has run to its end. */
  isLoaded: (file: string) => boolean
  /** Returns the names of what is not an ES module in the bundle. */
  namesOf: (from: string, source: string) => string[]
}

/** Finds missing exports that the bundler could not find. Node finds them before any code runs. */
export class ImportCheck {
  readonly #bundled: Readonly<Record<string, BundledFile>>
  readonly #files: ImportedFiles
  /** Files of cycles: when they run, what they import may not be there yet. */
  readonly #waiting = new Set<string>()

  constructor(bundled: Readonly<Record<string, BundledFile>>, files: ImportedFiles) {
    this.#bundled = bundled
    this.#files = files
  }

  /** @throws BatonError BATON_MODULE_IMPORT */
  check(file: string): void {
    const bundled = this.#bundled[file]
    if (bundled?.kind !== 'esm' || bundled.unchecked.length === 0) return
    if (bundled.cyclic) this.#waiting.add(file)
    else for (const each of bundled.unchecked) this.#throwIfMissing(file, each)
  }

  /** @throws BatonError BATON_MODULE_IMPORT */
  checkCycles(): void {
    for (const file of this.#waiting) {
      const bundled = this.#bundled[file]
      if (bundled?.kind !== 'esm') continue
      for (const each of bundled.unchecked) this.#throwIfMissing(file, each)
    }
  }

  #throwIfMissing(file: string, { source, name, place }: UncheckedImport): void {
    if (this.#mayExport(file, source, name, new Set())) return
    const target = this.#files.esModule(file, source)
    const names = target ? target.exportedNames() : this.#files.namesOf(file, source)
    throw new BatonError('BATON_MODULE_IMPORT', `'${source}' has no export '${name}'.`, {
      ...(place && { place }),
      ...didYouMean(name, names),
    })
  }

  #mayExport(from: string, source: string, name: string, seen: Set<EsModule>): boolean {
    const target = this.#files.esModule(from, source)
    if (!target) return this.#mayName(from, source, name)
    if (target.resolve(name)) return true
    if (seen.has(target)) return false
    seen.add(target)
    const found = this.#files.find(from, source) ?? ''
    return target.file.stars.some(star => this.#mayExport(found, star, name, seen))
  }

  #mayName(from: string, source: string, name: string): boolean {
    const found = this.#files.find(from, source)
    const bundled = found === undefined ? undefined : this.#bundled[found]
    // Node reads the names in the code. It may set them later, or never.
    const isUnclear = bundled && (bundled.kind !== 'cjs' || String(bundled.run).includes(name))
    if (isUnclear || (found !== undefined && !this.#files.isLoaded(found))) return true
    return this.#files.namesOf(from, source).includes(name)
  }
}
