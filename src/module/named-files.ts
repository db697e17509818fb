import { posix } from 'node:path'
import type { AnyNode, CallExpression, ImportExpression, NewExpression } from 'acorn'
import { isDotenvFile } from './dotenv-file.js'
import { findRequiredFiles, type RequiredFile } from './required-files.js'
import { calleeName, StaticPaths, unknownPart, type PathOrigins } from './static-paths.js'
import { StaticValues } from './static-values.js'
import type { SyntaxTree } from './syntax-tree.js'

/** Paths in the code of a module; absolute. */
export interface NamedFiles {
  /** Files, and folders that the code lists, which end with `/`. */
  exact: string[]
  /** Paths with parts that are only known at run time, in place of which `*` may stand for a name. */
  patterns: string[]
  required: RequiredFile[]
}

/** Functions that use a file or folder that exists, named by their first argument. */
const readers =
  /^(readFile|readFileSync|createReadStream|openAsBlob|existsSync|access|accessSync|stat|statSync|copyFile|copyFileSync|cp|cpSync|readJson|readJsonSync|readJSON|readJSONSync|pathExists|pathExistsSync|fork|Worker|uploadFile|setValue|addValue|readWorkbook)$/
const listers = /^(readdir|readdirSync|opendir|opendirSync)$/
const writers =
  /^(writeFile|writeFileSync|createWriteStream|saveScreenshot|savePDF|saveRecordingScreen|mkdir|mkdirSync|rm|rmSync|unlink|unlinkSync|rename|renameSync|outputFile|outputFileSync|writeJson|writeJsonSync|outputJson|outputJsonSync|ensureDir|ensureDirSync|truncate|truncateSync)$/
const appenders = /^(appendFile|appendFileSync)$/
const scripts = /\.(?:[cm]?[jt]s|[jt]sx)$/

/**
 * Finds the files of a project that a module's code names by literals, such as `readFileSync('data/users.json')` or
 * `path.join(__dirname, 'photo.png')`, but not those that it only writes.
 */
export function findNamedFiles(tree: SyntaxTree, origins: PathOrigins): NamedFiles {
  return new NamedFileFinder(tree, origins).run()
}

class NamedFileFinder {
  readonly #paths: StaticPaths
  /** Expressions that name files which the code writes. */
  readonly #written = new Set<AnyNode>()
  readonly #writtenPaths = new Set<string>()
  readonly #appendedPaths = new Set<string>()
  readonly #read = new Set<string>()
  readonly #mentioned = new Set<string>()

  constructor(
    readonly tree: SyntaxTree,
    readonly origins: PathOrigins,
  ) {
    this.#paths = new StaticPaths(tree, new StaticValues(tree), origins)
  }

  run(): NamedFiles {
    for (const call of this.tree.calls) this.#noteCall(call)
    for (const { source } of this.tree.importExpressions) this.#noteImport(source)
    for (const node of [...this.tree.calls, ...this.tree.joinedTexts]) this.#mention(node)
    const wanted = [...this.#read, ...[...this.#mentioned].filter(path => !this.#writtenPaths.has(path))]
    const paths = [...new Set(wanted)].filter(path => !this.#appendedPaths.has(path))
    return {
      exact: paths.filter(path => !path.includes(unknownPart)),
      patterns: paths
        .filter(path => path.includes(unknownPart))
        .flatMap(path => toPattern(path, this.origins.cwd) ?? []),
      required: findRequiredFiles(this.tree, this.#paths),
    }
  }

  #noteCall(call: CallExpression | NewExpression): void {
    const name = calleeName(this.tree, call)
    const [first] = call.arguments
    if (!first) return
    if (writers.test(name) || appenders.test(name)) this.#noteWriter(first, appenders.test(name))
    else if (readers.test(name) || listers.test(name)) this.#noteReader(first, name)
  }

  #noteWriter(argument: AnyNode, appends: boolean): void {
    this.#written.add(this.#paths.values.resolve(argument))
    for (const path of this.#absolute(argument, true)) (appends ? this.#appendedPaths : this.#writtenPaths).add(path)
  }

  #noteReader(argument: AnyNode, name: string): void {
    for (const path of this.#absolute(argument, !/^(set|add)Value$/.test(name))) {
      if (!listers.test(name)) this.#read.add(path)
      else if (!path.includes(unknownPart)) this.#read.add(posix.join(path, '/'))
    }
  }

  #noteImport(source: ImportExpression['source']): void {
    if (source.type !== 'Literal') for (const path of this.#absolute(source, false)) this.#read.add(path)
  }

  /** A path in other code: a constant, an argument of the user's own function, an address of a page. */
  #mention(node: AnyNode): void {
    if (this.#written.has(node)) return
    for (const path of this.#absolute(node, false))
      if (!path.includes(unknownPart) && !scripts.test(path) && /\.\w+$/.test(path)) this.#mentioned.add(path)
  }

  /** Returns the paths of an expression that are in the project. */
  #absolute(node: AnyNode, fromWorkingFolder: boolean): string[] {
    return this.#paths.of(node).flatMap(text => {
      const path = text.replace(/^file:\/\//, '').replace(/[?#].*$/, '')
      const isPlain = fromWorkingFolder && !/^[a-z]+:|^[\0/]|[\n<>{}]/i.test(path) && path !== ''
      const absolute = isPlain ? posix.join(this.origins.cwd, path) : posix.normalize(path)
      return isProjectFile(absolute, this.origins.cwd) ? [absolute] : []
    })
  }
}

function isProjectFile(path: string, cwd: string): boolean {
  if (!path.startsWith(`${cwd}/`)) return false
  const names = path.slice(cwd.length + 1).split('/')
  return !names.slice(0, -1).some(name => name === 'node_modules' || name.startsWith('.')) && !isDotenvFile(path)
}

/** Returns a glob, or undefined if it could match half of the project. */
function toPattern(path: string, cwd: string): string | undefined {
  const [start = '', ...rest] = path.split(unknownPart)
  const isBounded = start.includes('/', cwd.length + 1) && !rest.slice(0, -1).some(part => part.includes('/'))
  return isBounded && !scripts.test(path) ? [start, ...rest].map(escapeGlob).join('*') : undefined
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]{}()!+@\\]/g, String.raw`\$&`)
}
