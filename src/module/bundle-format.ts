import type { ErrorCode } from '../error/codes.js'
import type { SourceLocation } from '../error/baton-error.js'

/*
 * What the code of a bundle returns when it is compiled. Every file is a function of its own, as in Node: names of two
 * files can't collide, CommonJS stays sloppy, and functions keep their text.
 */

/** The files of a module, by their paths in the asset tree. */
export interface BundledFiles {
  /** The module's own file. */
  entry: string
  /** Setup files, which run before it. */
  setup: string[]
  /** Packages with native addons, which must be installed on the host. */
  addons: string[]
  /** Specifiers of all packages of the host that files import or require statically. */
  packages: string[]
  /** Why the module could not be bundled. */
  refused?: { code: ErrorCode; message: string; place?: SourceLocation; hint?: string }
  files: Record<string, BundledFile>
}

export type BundledFile = BundledEsModule | BundledCommonJs | { kind: 'json'; text: string }

/** What the specifiers of a file stand for: the path of a bundled file. Others are packages of the host. */
export interface ResolvedSpecifiers {
  imports: Record<string, string>
  requires: Record<string, string>
}

export interface BundledEsModule extends ResolvedSpecifiers {
  kind: 'esm'
  /** Whether Node would treat the file as an ES module by its name or package.json: default imports of CommonJS differ. */
  node: boolean
  /** Specifiers of static imports, in order. */
  sources: string[]
  reexports: { name: string; source: string; imported: string }[]
  stars: string[]
  /** Named imports that the bundler could not check, because exports of CommonJS or packages are known only at run time. */
  unchecked: UncheckedImport[]
  /** It is in an import cycle: `run` returns a generator, which first registers its exports. */
  cyclic: boolean
  /** Exports may change after the evaluation. */
  mutable: boolean
  /** It mixes `import` and `module.exports`, as compilers allow. */
  mixed: boolean
  /** Given `$baton`, returns the function for the file's code. */
  run: (baton: BatonOfFile) => () => unknown
}

export interface UncheckedImport {
  source: string
  name: string
  place: SourceLocation | undefined
}

/** `$baton` in the code of a file: it is called instead of `import()`. */
export interface BatonOfFile {
  (source: unknown, options?: ImportCallOptions): Promise<unknown>
  meta: object
  /** Around a value that the file throws; see record-throws.ts. */
  thrown: (value: unknown) => unknown
  /** Registers the exports: name → function that reads it. */
  exports: (getters: Record<string, () => unknown>) => void
  namespace: (source: string) => object
  /** Returns an object whose properties are the present values of the imports. */
  live: (source: string) => object
  /** @throws BatonError BATON_MODULE_IMPORT if a package of the host lacks the export */
  named: (source: string, name: string, place?: SourceLocation) => unknown
  commonJs: CommonJsNames
}

export interface CommonJsNames {
  require: NodeJS.Require
  module: NodeJS.Module
  exports: unknown
  __filename: string
  __dirname: string
}

export interface BundledCommonJs extends ResolvedSpecifiers {
  kind: 'cjs'
  node: boolean
  run: (baton: BatonOfFile) => (...names: unknown[]) => unknown
}

/** Where the lines of one file are in a bundle's code, to map positions back. */
export interface FileLines {
  /** Relative to the run's working directory. */
  file: string
  /** First line in the bundle's code, from 0, and how many there are. */
  line: number
  count: number
  /** Mappings of a source map; without them, lines and columns are those of the source. */
  mappings?: string
  /** Insertions: line within the file → pairs of a column in the bundle's code and how many characters were inserted there. */
  shifts?: Record<string, [column: number, length: number][]>
  /** The text of the source, if it is the user's own: it is shown with failures. */
  source?: string
}
