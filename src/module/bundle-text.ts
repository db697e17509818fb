import { dirname, relative, resolve, sep } from 'node:path'
import type { BundledFiles, FileLines, ResolvedSpecifiers, UncheckedImport } from './bundle-format.js'
import { applyEdits, esModuleText, lineStarts, shiftsOf, type EsModuleText } from './es-module-text.js'
import { filesInCycles } from './module-graph.js'
import type { BundleScripts, EsModuleContent, ScriptFile } from './script-files.js'
import type { SourceLocation } from '../error/baton-error.js'
import type { EsModuleShape } from './es-module-shape.js'
import { SourceLocations } from './source-locations.js'

export interface BundleParts {
  cwd: string
  /** Root of the asset tree; absolute. */
  root: string
  /** Absolute. */
  entry: string
  setup: readonly string[]
  addons: readonly string[]
  /** File → specifiers that it resolves without the bundler → their files; absolute. */
  required?: ReadonlyMap<string, ResolvedSpecifiers>
}

/**
 * Writes the code of a bundle: a function body that returns `BundledFiles`.
 * @returns the code, and the text of a list of `FileLines`
 */
export function writeBundle(scripts: BundleScripts, parts: BundleParts): { code: string; sourceMap: string } {
  const writer = new BundleWriter(scripts, parts)
  const files = scripts.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  for (const script of files) writer.add(script)
  return writer.finish()
}

class BundleWriter {
  readonly #parts: BundleParts
  readonly #graph: BundleScripts['graph']
  readonly #scripts: ReadonlyMap<string, ScriptFile>
  readonly #cyclic: ReadonlySet<string>
  readonly #mutable = new Map<string, boolean>()
  readonly #chunks: string[] = []
  readonly #lines: FileLines[] = []
  #line: number

  constructor({ graph, files, packages }: BundleScripts, parts: BundleParts) {
    this.#parts = parts
    this.#graph = graph
    this.#scripts = new Map(files.map(script => [script.path, script]))
    this.#cyclic = filesInCycles(new Map([...graph].map(([path, { evaluated }]) => [path, evaluated])))
    const head: Omit<BundledFiles, 'files'> = {
      entry: this.#treePath(parts.entry),
      setup: parts.setup.map(file => this.#treePath(file)),
      addons: [...parts.addons],
      packages: [...packages],
    }
    this.#chunks.push(`return{...${JSON.stringify(head)},files:{__proto__:null,\n`)
    this.#line = 1
  }

  add(script: ScriptFile): void {
    const { path, text, content } = script
    this.#chunks.push(`${JSON.stringify(this.#treePath(path))}:`)
    if (content.kind === 'json') {
      this.#chunks.push(`{kind:"json",text:${JSON.stringify(text)}},\n`)
      this.#line++
    } else if (content.kind === 'esm') {
      this.#addEsModule(script, content)
    } else {
      const meta = { kind: 'cjs', node: script.isNodeEsModule, ...this.#resolved(path) }
      const head = '$baton=>function(exports,require,module,__filename,__dirname){'
      this.#addFunction(script, meta, {
        head,
        text: applyEdits(text, content.edits),
        shifts: shiftsOf(text, content.edits),
      })
    }
  }

  finish(): { code: string; sourceMap: string } {
    return { code: `${this.#chunks.join('')}}}`, sourceMap: JSON.stringify(this.#lines) }
  }

  #addEsModule(script: ScriptFile, { shape, isMixed }: EsModuleContent): void {
    const { path, text, isNodeEsModule } = script
    const imports = this.#graph.get(path)?.imports ?? {}
    const isCyclic = this.#cyclic.has(path)
    let locations: SourceLocations | undefined
    const placeOf = (offset: number): SourceLocation | undefined => {
      locations ??= new SourceLocations(text, script.map ?? { file: this.#shownPath(path) })
      const place = locations.locate(offset)
      return place && { ...place, file: this.#shownPath(path) }
    }
    const body = esModuleText(text, shape, {
      isCyclic,
      isStrictlyEsModule: /\.m[jt]s$/.test(path) || (isNodeEsModule && /[\\/]node_modules[\\/]/.test(path)),
      isBundled: source => source in imports,
      isLive: source => {
        const target = imports[source]
        return target !== undefined && (isCyclic || this.#isMutable(target))
      },
      placeOf,
    })
    const meta = {
      kind: 'esm',
      node: isNodeEsModule,
      ...this.#resolved(path),
      sources: shape.sources,
      reexports: shape.reexports,
      stars: shape.stars,
      unchecked: this.#uncheckedImports(script, shape, placeOf),
      cyclic: isCyclic,
      mutable: this.#isMutable(path),
      mixed: isMixed,
    }
    this.#addFunction(script, meta, body)
  }

  #uncheckedImports(
    { path, isNodeEsModule, source: ownText }: ScriptFile,
    { bindings, reexports }: EsModuleShape,
    placeOf: (offset: number) => SourceLocation | undefined,
  ): UncheckedImport[] {
    const imports = this.#graph.get(path)?.imports ?? {}
    const isUnchecked = ({ source, imported }: { source: string; imported: string }): boolean => {
      const content = this.#scripts.get(imports[source] ?? '')?.content
      if (!content || imported === '*' || imported === 'default') return false
      if (content.kind === 'esm') return !content.isMixed && content.shape.stars.length > 0
      return content.kind === 'cjs' && isNodeEsModule
    }
    // In TypeScript, a type that is exported again looks like a value.
    const exported = /\.[cm]?jsx?$/.test(path) ? reexports.filter(isUnchecked) : []
    return [
      ...bindings
        .filter(binding => !binding.isReexported && isUnchecked(binding))
        .map(({ source, imported, start }) => ({
          source,
          name: imported,
          place: ownText === undefined ? undefined : placeOf(start),
        })),
      ...exported.map(({ source, imported }) => ({ source, name: imported, place: undefined })),
    ]
  }

  #addFunction({ path, map, source }: ScriptFile, meta: object, { head, text, shifts }: EsModuleText): void {
    this.#chunks.push(`{...${JSON.stringify(meta)},run:${head}\n${text}\n}},\n`)
    const count = lineStarts(text).length
    this.#lines.push({
      file: this.#shownPath(path),
      line: this.#line + 1,
      count,
      ...(map !== undefined && { mappings: (JSON.parse(map) as { mappings: string }).mappings }),
      ...(Object.keys(shifts).length > 0 && { shifts }),
      ...(source !== undefined && { source }),
    })
    this.#line += count + 2
  }

  #resolved(path: string): ResolvedSpecifiers {
    const { imports = {}, requires = {} } = this.#graph.get(path) ?? {}
    const inTree = (all: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(all).map(([source, file]) => [source, this.#treePath(file)]))
    const required = this.#parts.required?.get(path)
    return {
      imports: inTree({ ...required?.imports, ...imports }),
      requires: inTree({ ...required?.requires, ...requires }),
    }
  }

  /** Also if it exports what another file may change. */
  #isMutable(path: string): boolean {
    const known = this.#mutable.get(path)
    if (known !== undefined) return known
    this.#mutable.set(path, false)
    const content = this.#scripts.get(path)?.content
    if (content?.kind !== 'esm') return false
    const { shape } = content
    const imports = this.#graph.get(path)?.imports ?? {}
    const sources = [...shape.stars, ...shape.reexports.map(({ source }) => source)]
    const mutable = shape.isMutable || sources.some(source => imports[source] && this.#isMutable(imports[source]))
    this.#mutable.set(path, mutable)
    return mutable
  }

  #treePath(file: string): string {
    return relative(this.#parts.root, file).replaceAll(sep, '/')
  }

  #shownPath(file: string): string {
    return relative(this.#parts.cwd, file).replaceAll(sep, '/')
  }
}

/** Finds the root of the asset tree: the folder of all files whose place matters to the code. */
export function treeRoot(cwd: string, scripts: readonly ScriptFile[], assets: readonly string[]): string {
  const placed = scripts.filter(({ text }) => /\b__dirname\b|\b__filename\b|\bimport\.meta\b|\bimport\s*\(/.test(text))
  let root = cwd
  for (const path of [...placed.map(script => script.path), ...assets]) {
    while (relative(root, path).startsWith('..')) root = dirname(root)
  }
  return resolve(root)
}
