import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Script } from 'node:vm'
import { build, type Metafile } from 'esbuild'
import { hasDecorators, keepClassNames } from './decorated-names.js'
import { importCallEdits, readEsModuleShape, type Edit, type EsModuleShape } from './es-module-shape.js'
import { hostPackages, readGraph, type GraphFile, type ScriptFormat } from './module-graph.js'
import { PackageTypes } from './package-type.js'
import { SyntaxTree } from './syntax-tree.js'

/** A file of a bundle as JavaScript. */
export interface ScriptFile {
  /** Absolute. */
  path: string
  text: string
  /** JSON text of a source map; undefined if the text is that of the file. */
  map: string | undefined
  /** Whether Node would treat it as an ES module by its name or package.json. */
  isNodeEsModule: boolean
  content: EsModuleContent | { kind: 'cjs'; edits: Edit[] } | { kind: 'json' }
}

export interface EsModuleContent {
  kind: 'esm'
  shape: EsModuleShape
  /** It also assigns to `module.exports` or `exports`. */
  isMixed: boolean
}

interface SourceText {
  text: string
  map: string | undefined
}

/** Reads files as JavaScript. JavaScript stays exactly as it is. Each file is read once, whichever modules share it. */
export class ScriptFiles {
  readonly #files = new Map<string, Promise<ScriptFile>>()
  readonly #types = new PackageTypes()

  constructor(readonly cwd: string) {}

  /** @param formats - absolute path → format; the bundler must have accepted these files */
  async read(formats: ReadonlyMap<string, ScriptFormat>): Promise<ScriptFile[]> {
    const missing = [...formats].filter(([path]) => !this.#files.has(path))
    const compiled = this.#compile(missing.map(([path]) => path).filter(path => !isJavaScript(path)))
    for (const [path, format] of missing) this.#files.set(path, this.#readOne(path, format, compiled))
    return Promise.all([...formats.keys()].map(path => this.#files.get(path) as Promise<ScriptFile>))
  }

  async #readOne(path: string, format: ScriptFormat, compiled: Promise<Map<string, SourceText>>): Promise<ScriptFile> {
    const isNodeEsModule = await this.#types.isEsModule(path)
    const known = (await compiled).get(path)
    const source = known ?? { text: plainText(await readFile(path, 'utf8')), map: undefined }
    const isScript = /\.[cm]?[jt]sx?$/.test(path)
    const isEsModule = isScript && (format === 'esm' || (format === undefined && isNodeEsModule))
    const parts = { path, isNodeEsModule }
    if (extname(path) === '.json') return { ...parts, text: source.text, map: undefined, content: { kind: 'json' } }
    try {
      return { ...parts, ...readText(source, isEsModule, format) }
    } catch (error) {
      if (known) throw error
      // Newer syntax than this version of Node has, which the bundler converts.
      const converted = (await this.#compile([path])).get(path)
      if (!converted) throw error
      return { ...parts, ...readText(converted, isEsModule, format) }
    }
  }

  /** Removes types and the like. Imports stay as they are. */
  async #compile(paths: readonly string[]): Promise<Map<string, SourceText>> {
    const compiled = await this.#runCompiler(paths, false)
    const decorated = [...compiled].flatMap(([path, { text }]) => (hasDecorators(text) ? [path] : []))
    for (const [path, { text, map }] of await this.#runCompiler(decorated, true))
      compiled.set(path, { text: keepClassNames(text), map })
    return compiled
  }

  async #runCompiler(paths: readonly string[], keepNames: boolean): Promise<Map<string, SourceText>> {
    if (paths.length === 0) return new Map()
    const { outputFiles } = await build({
      entryPoints: paths.map((path, index) => ({ in: path, out: String(index) })),
      absWorkingDir: this.cwd,
      bundle: false,
      keepNames,
      write: false,
      platform: 'node',
      target: 'node20',
      charset: 'utf8',
      legalComments: 'inline',
      logLevel: 'silent',
      sourcemap: 'external',
      sourcesContent: false,
      outdir: this.cwd,
      loader: { '.node': 'empty', '.css': 'empty' },
    })
    const outputs = new Map(outputFiles.map(file => [file.path, file.text]))
    return new Map(
      paths.map((path, index) => {
        const output = join(this.cwd, `${index}.js`)
        return [path, { text: plainText(outputs.get(output) ?? ''), map: outputs.get(`${output}.map`) }]
      }),
    )
  }
}

/** The files of a bundle, with what they import. */
export interface BundleScripts {
  graph: ReadonlyMap<string, GraphFile>
  files: readonly ScriptFile[]
  /** Specifiers of packages that stay on the host. */
  packages: readonly string[]
}

/** Reads all files of a bundle. @param inputs - as the bundler describes them */
export async function readScripts(
  inputs: Metafile['inputs'],
  cwd: string,
  scripts: ScriptFiles,
): Promise<BundleScripts> {
  const graph = readGraph(inputs, cwd)
  const files = await scripts.read(new Map([...graph].map(([file, { format }]) => [file, format])))
  return { graph, files, packages: hostPackages(inputs) }
}

type Read = Pick<ScriptFile, 'text' | 'map' | 'content'>

function readText({ text, map }: SourceText, isEsModule: boolean, format: ScriptFormat): Read {
  if (isEsModule) return { text, map, content: { kind: 'esm', shape: shapeOf(text), isMixed: false } }
  if (format === 'cjs' && /^\s*import\b/m.test(text)) {
    const shape = tryShapeOf(text)
    if (shape && shape.sources.length > 0) return { text, map, content: { kind: 'esm', shape, isMixed: true } }
  }
  // Throws for syntax that this version of Node lacks.
  void new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`)
  return { text, map, content: { kind: 'cjs', edits: commonJsEdits(text) } }
}

function shapeOf(text: string): EsModuleShape {
  return readEsModuleShape(new SyntaxTree(text))
}

function tryShapeOf(text: string): EsModuleShape | undefined {
  try {
    return shapeOf(text)
  } catch {
    return undefined
  }
}

function commonJsEdits(text: string): Edit[] {
  if (!/\bimport\s*(\/\*.*?\*\/\s*)?\(/s.test(text)) return []
  return importCallEdits(new SyntaxTree(text, 'commonjs'))
}

function isJavaScript(path: string): boolean {
  return ['.js', '.mjs', '.cjs', '.json'].includes(extname(path))
}

/** Without a byte order mark; the first line of a script that starts with `#!` becomes a comment. */
function plainText(text: string): string {
  const plain = text.replace(/^\uFEFF/, '')
  return plain.startsWith('#!') ? `//${plain.slice(2)}` : plain
}
