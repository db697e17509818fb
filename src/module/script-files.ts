import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Script } from 'node:vm'
import { build, type Metafile } from 'esbuild'
import { hasDecorators, keepClassNames } from './decorated-names.js'
import { importCallEdits, readEsModuleShape, type Edit, type EsModuleShape } from './es-module-shape.js'
import { hostPackages, readGraph, type GraphFile, type ScriptFormat } from './module-graph.js'
import { sortEdits } from './es-module-text.js'
import { PackageTypes } from './package-type.js'
import { recordThrows } from './record-throws.js'
import { isUserFile } from '../error/stack-frames.js'
import { SyntaxTree } from './syntax-tree.js'

/** Characters of a source file up to which its text is sent with the bundle. */
const maxSourceText = 1_000_000

/** A file of a bundle as JavaScript. */
export interface ScriptFile {
  /** Absolute. */
  path: string
  text: string
  /** JSON text of a source map; undefined if the text is that of the file. */
  map: string | undefined
  /** Whether Node would treat it as an ES module by its name or package.json. */
  isNodeEsModule: boolean
  /** The text of the file, if it is one of the user's own. */
  source: string | undefined
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
    const isOwn = isUserFile(path)
    const file = !known || isOwn ? await readFile(path, 'utf8') : ''
    const source = known ?? { text: plainText(file), map: undefined }
    const isScript = /\.[cm]?[jt]sx?$/.test(path)
    const isEsModule = isScript && (format === 'esm' || (format === undefined && isNodeEsModule))
    const parts = { path, isNodeEsModule, source: isOwn && isScript && file.length <= maxSourceText ? file : undefined }
    if (extname(path) === '.json') return { ...parts, text: source.text, map: undefined, content: { kind: 'json' } }
    try {
      return { ...parts, ...readText({ ...source, isOwn }, isEsModule, format) }
    } catch (error) {
      if (known) throw error
      // Newer syntax than this version of Node has, which the bundler converts.
      const converted = (await this.#compile([path])).get(path)
      if (!converted) throw error
      return { ...parts, ...readText({ ...converted, isOwn }, isEsModule, format) }
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

interface OwnText extends SourceText {
  /** It is not part of a package. */
  isOwn: boolean
}

type Read = Pick<ScriptFile, 'text' | 'map' | 'content'>

function readText({ text, map, isOwn }: OwnText, isEsModule: boolean, format: ScriptFormat): Read {
  if (isEsModule) return { text, map, content: { kind: 'esm', shape: shapeOf(text, isOwn), isMixed: false } }
  if (format === 'cjs' && /^\s*import\b/m.test(text)) {
    const shape = tryShapeOf(text, isOwn)
    if (shape && shape.sources.length > 0) return { text, map, content: { kind: 'esm', shape, isMixed: true } }
  }
  // Throws for syntax that this version of Node lacks.
  void new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`)
  return { text, map, content: { kind: 'cjs', edits: commonJsEdits(text, isOwn) } }
}

function shapeOf(text: string, isOwn: boolean): EsModuleShape {
  const tree = new SyntaxTree(text)
  const shape = readEsModuleShape(tree)
  return isOwn ? { ...shape, edits: [...recordThrows(tree), ...shape.edits] } : shape
}

function tryShapeOf(text: string, isOwn: boolean): EsModuleShape | undefined {
  try {
    return shapeOf(text, isOwn)
  } catch {
    return undefined
  }
}

function commonJsEdits(text: string, isOwn: boolean): Edit[] {
  const records = isOwn && /\b(?:throw|reject|then|Promise)\b/.test(text)
  if (!records && !/\bimport\s*(\/\*.*?\*\/\s*)?\(/s.test(text)) return []
  const tree = new SyntaxTree(text, 'commonjs')
  return sortEdits([...(isOwn ? recordThrows(tree) : []), ...importCallEdits(tree)])
}

function isJavaScript(path: string): boolean {
  return ['.js', '.mjs', '.cjs', '.json'].includes(extname(path))
}

/** Without a byte order mark; the first line of a script that starts with `#!` becomes a comment. */
function plainText(text: string): string {
  const plain = text.replace(/^\uFEFF/, '')
  return plain.startsWith('#!') ? `//${plain.slice(2)}` : plain
}
