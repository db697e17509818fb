import { posix } from 'node:path'
import type { AnyNode, CallExpression, NewExpression } from 'acorn'
import type { StaticValues } from './static-values.js'
import { staticName, type SyntaxTree } from './syntax-tree.js'

/** Stands for a part of a path that is only known at run time. */
export const unknownPart = '\0'

/** An expression has at most so many values; beyond it, they are certainly not paths. */
const maxValues = 100

/** What is known about where code runs. */
export interface PathOrigins {
  /** The run's working directory; absolute. */
  cwd: string
  /** Returns the source file of a node; absolute. */
  fileOf: (node: AnyNode) => string | undefined
}

/**
 * Evaluates paths without running the code: `path.join(__dirname, 'a.txt')`, `new URL('a.txt', import.meta.url)`, constants of
 * them. `file:` URLs are treated as paths.
 */
export class StaticPaths {
  readonly #open = new Set<AnyNode>()
  readonly #known = new Map<AnyNode, string[]>()

  constructor(
    readonly tree: SyntaxTree,
    readonly values: StaticValues,
    readonly origins: PathOrigins,
  ) {}

  /** Returns all paths and texts that an expression can evaluate to, with `unknownPart` in them. */
  of(node: AnyNode): string[] {
    const value = this.values.resolve(node)
    const known = this.#known.get(value)
    if (known) return known
    if (this.#open.has(value)) return [unknownPart]
    this.#open.add(value)
    const found = [...new Set(this.#evaluate(value))]
    this.#open.delete(value)
    const result = found.length > maxValues ? [unknownPart] : found
    this.#known.set(value, result)
    return result
  }

  #evaluate(value: AnyNode): string[] {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds of node, some eighty, are no paths
    switch (value.type) {
      case 'TemplateLiteral':
        return combine(
          value.quasis.flatMap((quasi, index) => {
            const expression = value.expressions[index]
            return [[quasi.value.cooked ?? ''], ...(expression ? [this.of(expression)] : [])]
          }),
          parts => parts.join(''),
        )
      case 'BinaryExpression':
        return value.operator === '+'
          ? combine([this.of(value.left), this.of(value.right)], parts => parts.join(''))
          : [unknownPart]
      case 'ConditionalExpression':
        return [...this.of(value.consequent), ...this.of(value.alternate)]
      case 'LogicalExpression':
        return [...this.of(value.left), ...this.of(value.right)]
      case 'AwaitExpression':
        return this.of(value.argument)
      case 'Identifier':
        return this.values.strings(value) ?? this.#placeNamed(value, value.name.replace(/^__|\d+$/g, ''))
      case 'MemberExpression':
        return this.#member(value)
      case 'CallExpression':
      case 'NewExpression':
        return this.#call(value)
      default:
        return this.values.strings(value) ?? [unknownPart]
    }
  }

  #member(member: AnyNode & { type: 'MemberExpression' }): string[] {
    const name = staticName(member.property, member.computed) ?? ''
    if (member.object.type === 'MetaProperty') return this.#placeNamed(member, name === 'url' ? 'filename' : name)
    return name === 'href' || name === 'pathname' ? this.of(member.object) : [unknownPart]
  }

  #placeNamed(node: AnyNode, name: string): string[] {
    const file = name === 'dirname' || name === 'filename' ? this.origins.fileOf(node) : undefined
    if (file === undefined || (node.type === 'Identifier' && this.tree.variableOf(node))) return [unknownPart]
    return [name === 'dirname' ? posix.dirname(file) : file]
  }

  #relativeToFile(call: AnyNode, path: string): string {
    const file = this.origins.fileOf(call)
    return file !== undefined && /^\.{1,2}\//.test(path) ? fromUrl(path, file) : unknownPart
  }

  #call(call: CallExpression | NewExpression): string[] {
    const name = calleeName(this.tree, call)
    const [first, second] = call.arguments
    if (name === 'cwd' && call.arguments.length === 0) return [this.origins.cwd]
    if (!first || call.arguments.some(argument => argument.type === 'SpreadElement')) return [unknownPart]
    switch (name) {
      case 'fileURLToPath':
      case 'pathToFileURL':
      case 'normalize':
        return this.of(first)
      case 'dirname':
        return this.of(first).map(path => (path.startsWith('/') ? posix.dirname(path) : unknownPart))
      case 'join':
      case 'resolve':
        if (isMetaResolve(call)) return this.of(first).map(path => this.#relativeToFile(call, path))
        return combine(
          call.arguments.map(argument => this.of(argument)),
          parts => (name === 'join' ? posix.join(...parts) : posix.resolve(this.origins.cwd, ...parts)),
        )
      case 'URL':
        return second
          ? combine([this.of(first), this.of(second)], ([path = '', base = '']) => fromUrl(path, base))
          : this.of(first)
      default:
        return [unknownPart]
    }
  }
}

/** `import.meta.resolve('./page.html')` */
export function isMetaResolve({ callee }: CallExpression | NewExpression): boolean {
  return callee.type === 'MemberExpression' && callee.object.type === 'MetaProperty'
}

/** Returns the name of the function that is called: `join` of `path.join()`, `join as j`, `{ join: j }`, or the bundler's `join2`. */
export function calleeName(tree: SyntaxTree, call: CallExpression | NewExpression): string {
  const { callee } = call
  if (callee.type === 'MemberExpression') return staticName(callee.property, callee.computed) ?? ''
  if (callee.type !== 'Identifier') return ''
  const declared = tree.variableOf(callee)?.identifiers[0] as AnyNode | undefined
  const declaration = declared && tree.parentOf(declared)
  if (declaration?.type === 'ImportSpecifier') return staticName(declaration.imported) ?? ''
  if (declaration?.type === 'Property') return staticName(declaration.key, declaration.computed) ?? ''
  return callee.name.replace(/\d+$/, '')
}

/** Resolves a relative URL as a path; absolute URLs that are no files stay as they are. */
function fromUrl(path: string, base: string): string {
  if (/^(?!file:)[a-z]+:/i.test(path)) return path
  const folder = base.endsWith('/') ? base : posix.dirname(base)
  return posix.resolve(folder, decoded(path.replace(/^file:\/\//, ''))) + (path.endsWith('/') ? '/' : '')
}

function decoded(text: string): string {
  try {
    return decodeURI(text)
  } catch {
    return text
  }
}

/** Joins one value of each list, in all ways. */
function combine(lists: readonly string[][], join: (parts: string[]) => string): string[] {
  let all: string[][] = [[]]
  for (const list of lists) {
    all = all.flatMap(parts => list.map(value => [...parts, value]))
    if (all.length > maxValues) return [unknownPart]
  }
  return all.map(join)
}
