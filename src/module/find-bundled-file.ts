import { isBuiltin } from 'node:module'
import { posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BundledFiles, ResolvedSpecifiers } from './bundle-format.js'
import { isPath } from './host-packages.js'
import { isSharedPackage } from './package-names.js'

const extensions = ['.js', '.json', '.ts', '.tsx', '.jsx', '.cjs', '.mjs', '.cts', '.mts']
/** TypeScript imports `x.ts` as `x.js`. */
const sourceExtensions: Readonly<Record<string, string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
}

/** Finds the file of a bundle that a specifier stands for, also if it was computed at run time. */
export class FileFinder {
  #packages: Map<string, string> | undefined

  /** @param directory - root of the asset tree; absolute */
  constructor(
    readonly files: BundledFiles['files'],
    readonly directory: string,
  ) {}

  /** @param from - path of the requesting file in the asset tree */
  find(from: string, source: string, how: keyof ResolvedSpecifiers): string | undefined {
    const asking = this.files[from]
    if (asking && asking.kind !== 'json') {
      const other = how === 'imports' ? 'requires' : 'imports'
      const known = own(asking[how], source) ?? own(asking[other], source)
      if (known !== undefined) return known
    }
    if (isPath(source)) {
      const path = this.#pathOf(from, source)
      return path === undefined ? undefined : this.#existing(path)
    }
    if (isBuiltin(source) || isSharedPackage(source)) return undefined
    this.#packages ??= this.#collectPackages()
    return this.#packages.get(source)
  }

  isInside(path: string): boolean {
    return !relative(this.directory, path).startsWith('..') || this.fileAt(path) in this.files
  }

  /** Returns the path in the asset tree of an absolute path. */
  fileAt(path: string): string {
    return relative(this.directory, path).replaceAll(sep, '/')
  }

  #pathOf(from: string, source: string): string | undefined {
    if (source.startsWith('file:')) return this.fileAt(fileURLToPath(source.replace(/[?#].*$/s, '')))
    if (/^[a-z]+:/.test(source)) return undefined
    if (source.startsWith('/')) return this.fileAt(source)
    return posix.normalize(posix.join(posix.dirname(from), source))
  }

  #existing(path: string): string | undefined {
    const plain = path.replace(/\/$/, '')
    const extension = posix.extname(plain)
    const stem = plain.slice(0, plain.length - extension.length)
    const index = plain === '.' ? 'index' : `${plain}/index`
    const candidates = [
      plain,
      ...extensions.map(each => plain + each),
      ...(sourceExtensions[extension] ?? []).map(each => stem + each),
      ...extensions.map(each => index + each),
    ]
    return candidates.find(candidate => candidate in this.files)
  }

  /** A package that one file names is bundled for all: a computed name may mean it, too. */
  #collectPackages(): Map<string, string> {
    const packages = new Map<string, string>()
    for (const file of Object.values(this.files)) {
      if (file.kind === 'json') continue
      for (const [source, target] of [...Object.entries(file.imports), ...Object.entries(file.requires)])
        if (!isPath(source) && !packages.has(source)) packages.set(source, target)
    }
    return packages
  }
}

function own(record: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
