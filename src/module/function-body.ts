import type { AnyNode, Identifier, ImportDeclaration } from 'acorn'
import { loaderName as loader } from './compile-module.js'
import { findRequireCalls, findRequireUses } from './require-uses.js'
import { isSharedPackage } from './package-names.js'
import type { SourceLocations } from './source-locations.js'
import { staticName, type SyntaxTree } from './syntax-tree.js'

/*
 * Node keeps every ES module forever, so loading modules again and again leaks memory; a function does not. So the bundle
 * becomes the body of an async function. Replacements have the same length, and everything that is added is one line at
 * the top, so that the bundle's source map stays exact.
 */

/** What esbuild writes for `import.meta`, `__dirname` and `__filename`; the digits are then replaced by the file's number. */
export const placeholders = { 'import.meta': '$bm00000', __dirname: '$bd00000', __filename: '$bf00000' } as const

interface Edit {
  start: number
  end: number
  text: string
}

/** Constants for the source files that a body refers to, numbered in order of use. */
class FileConstants {
  readonly head: string[] = []
  readonly #numbers = new Map<string, number>()
  readonly #names = new Set<string>()

  /** @returns the name of a constant, `length` characters long, with the value `expression(file)` */
  nameFor(file: string, prefix: string, length: number, expression: (file: string) => string): string {
    const number = this.#numbers.get(file) ?? this.#numbers.size
    this.#numbers.set(file, number)
    const name = prefix + number.toString(36).padStart(length - prefix.length, '0')
    if (!this.#names.has(name)) this.head.push(`${name}=${expression(JSON.stringify(file))}`)
    this.#names.add(name)
    return name
  }
}

export interface BodyOptions {
  tree: SyntaxTree
  locations: SourceLocations
  /** Returns the path of a source file in the asset tree. */
  treePath: (file: string) => string
  /** Packages with native addons, which must be installed on the host. */
  addons: readonly string[]
}

/**
 * Converts a bundle to the body of a function that returns a promise of the bundle's exports.
 * @returns JavaScript whose first line is generated; the others are those of the bundle, one line further down
 */
export function toFunctionBody({ tree, locations, treePath, addons }: BodyOptions): string {
  const edits: Edit[] = []
  const files = new FileConstants()
  const replace = (node: AnyNode, length: number, prefix: string, expression: (file: string) => string): void => {
    const source = locations.locate(node.start)?.file
    const text = files.nameFor(source === undefined ? '' : treePath(source), prefix, length, expression)
    edits.push({ start: node.start, end: node.start + length, text })
  }
  for (const [placeholder, prefix, property] of [
    [placeholders['import.meta'], '$bm', ''],
    [placeholders.__dirname, '$bd', '.dirname'],
    [placeholders.__filename, '$bf', '.filename'],
  ] as const) {
    for (const use of tree.globals(placeholder)) {
      replace(use, placeholder.length, prefix, file => `${loader}.meta(${file})${property}`)
    }
  }
  for (const use of findRequireUses(tree) as Identifier[]) {
    replace(use, use.name.length, '$br', file => `${loader}.require(${file})`)
  }
  for (const use of tree.importExpressions) {
    // A function that is sent to a page may import by URL: left alone.
    if (/^[a-z]{3,}:\/\//.test(staticName(use.source) ?? '')) continue
    replace(use, 'import'.length, '$bi', file => `${loader}.importFrom(${file})`)
  }
  const imported = importHead(tree, locations, edits)
  const returned = exportTail(tree, edits)
  const names = addons.length > 0 ? `${loader}.addons(${JSON.stringify(addons)});` : ''
  const constants = [...files.head, ...imported.constants]
  const head = `${names}${imported.awaits}${constants.length > 0 ? `const ${constants.join(',')};` : ''}`
  return `return(async()=>{"use strict";${head}\n${applyEdits(tree.code, edits)}\nreturn{${returned}}})()`
}

function importHead(
  tree: SyntaxTree,
  locations: SourceLocations,
  edits: Edit[],
): { awaits: string; constants: string[] } {
  const constants: string[] = []
  const sources = new Set<string>()
  const from = (source: string): string => `${loader}.imported(${JSON.stringify(source)})`
  for (const statement of tree.program.body) {
    if (statement.type !== 'ImportDeclaration') continue
    const source = String(statement.source.value)
    sources.add(source)
    edits.push(blank(tree, statement))
    constants.push(...bindings(statement, from(source), locations))
  }
  // `require` is synchronous, so what it loads must have been imported before.
  for (const call of findRequireCalls(tree)) {
    const source = call.arguments[0] && call.arguments[0].type === 'Literal' ? staticName(call.arguments[0]) : undefined
    if (source !== undefined && isSharedPackage(source)) sources.add(source)
  }
  const awaits = [...sources].map(source => `await ${loader}.import(${JSON.stringify(source)});`).join('')
  return { awaits, constants }
}

function bindings(statement: ImportDeclaration, namespace: string, locations: SourceLocations): string[] {
  return statement.specifiers.map(specifier => {
    const local = specifier.local.name
    if (specifier.type === 'ImportNamespaceSpecifier') return `${local}=${namespace}`
    const name = specifier.type === 'ImportDefaultSpecifier' ? 'default' : (staticName(specifier.imported) ?? '')
    const place = locations.locate(specifier.start)
    const source = JSON.stringify(statement.source.value)
    return `${local}=${loader}.named(${source},${JSON.stringify(name)},${JSON.stringify(place)})`
  })
}

function exportTail(tree: SyntaxTree, edits: Edit[]): string {
  const getters: string[] = []
  for (const statement of tree.program.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue
    edits.push(blank(tree, statement))
    for (const { exported, local } of statement.specifiers) {
      getters.push(`get ${JSON.stringify(staticName(exported))}(){return ${staticName(local)}}`)
    }
  }
  return getters.join(',')
}

function blank(tree: SyntaxTree, node: AnyNode): Edit {
  return { start: node.start, end: node.end, text: tree.text(node).replaceAll(/[^\n]/g, ' ') }
}

function applyEdits(code: string, edits: readonly Edit[]): string {
  const parts: string[] = []
  let position = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(code.slice(position, edit.start), edit.text)
    position = edit.end
  }
  return [...parts, code.slice(position)].join('')
}
