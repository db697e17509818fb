import type {
  AnyNode,
  ExportDefaultDeclaration,
  ExportNamedDeclaration,
  Identifier,
  ImportDeclaration,
  Pattern,
} from 'acorn'
import type { Variable } from 'eslint-scope'
import { staticName, type SyntaxTree } from './syntax-tree.js'

/** One change of a file's text. */
export interface Edit {
  start: number
  end: number
  text: string
}

/** A place in the text that reads an import. */
export interface ImportUse {
  start: number
  end: number
  /**
   * `callee`: it is called, so it must not become a method call. `statement`: such a call, with which a statement starts.
   * `shorthand`: it is `{ name }`. `assigned`: it gets a value, which throws.
   */
  form: 'plain' | 'callee' | 'statement' | 'shorthand' | 'assigned'
}

export interface ImportBinding {
  local: string
  source: string
  /** `*` for the namespace. */
  imported: string
  /** Offset in the text. */
  start: number
  uses: ImportUse[]
  /** `import { a } …; export { a }` */
  isReexported: boolean
}

/** What an ES module imports and exports, and the edits that leave only its code. */
export interface EsModuleShape {
  /** They keep lines, and columns but for the name of an anonymous default function. */
  edits: Edit[]
  /** Imported specifiers, in the order in which they are evaluated. */
  sources: string[]
  bindings: ImportBinding[]
  exports: { name: string; local: string }[]
  /** `export { imported as name } from 'source'`; imported is `*` for the namespace. */
  reexports: { name: string; source: string; imported: string }[]
  /** `export * from 'source'` */
  stars: string[]
  /** Generated variable for the default export, and whether it is a function declaration. */
  defaultName?: { name: string; isFunction: boolean }
  hasTopLevelAwait: boolean
  /** Whether a function changes an exported variable, so that importers have to read it each time. */
  isMutable: boolean
  /** Which names of CommonJS the code uses without declaring them. */
  commonJsNames: string[]
}

export const commonJsNames = ['require', 'module', 'exports', '__filename', '__dirname'] as const

export function readEsModuleShape(tree: SyntaxTree): EsModuleShape {
  const reader = new ShapeReader(tree)
  for (const statement of tree.program.body) reader.read(statement)
  return reader.finish()
}

class ShapeReader {
  readonly #shape: EsModuleShape

  constructor(readonly tree: SyntaxTree) {
    this.#shape = {
      edits: [...metaEdits(tree), ...importCallEdits(tree)],
      sources: [],
      bindings: [],
      exports: [],
      reexports: [],
      stars: [],
      hasTopLevelAwait: tree.hasTopLevelAwait,
      isMutable: false,
      commonJsNames: commonJsNames.filter(name => tree.globals(name).length > 0),
    }
  }

  read(statement: AnyNode): void {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- other statements stay as they are
    switch (statement.type) {
      case 'ImportDeclaration':
        return this.#readImport(statement)
      case 'ExportNamedDeclaration':
        return this.#readExport(statement)
      case 'ExportDefaultDeclaration':
        return this.#readDefault(statement)
      case 'ExportAllDeclaration': {
        const source = this.#source(statement.source)
        if (statement.exported) this.#reexport(staticName(statement.exported), source, '*')
        else this.#shape.stars.push(source)
        return this.#blank(statement.start, statement.end)
      }
      default:
        return undefined
    }
  }

  finish(): EsModuleShape {
    const shape = this.#shape
    const imports = new Map(shape.bindings.map(binding => [binding.local, binding]))
    const own = shape.exports.filter(({ name, local }) => {
      const binding = imports.get(local)
      if (binding) {
        binding.isReexported = true
        this.#reexport(name, binding.source, binding.imported)
      }
      return !binding
    })
    return { ...shape, exports: own, isMutable: own.some(({ local }) => isChangedLater(this.tree, local)) }
  }

  #readImport(statement: ImportDeclaration): void {
    const source = this.#source(statement.source)
    for (const specifier of statement.specifiers) {
      const { local, start } = specifier
      const imported =
        specifier.type === 'ImportNamespaceSpecifier'
          ? '*'
          : specifier.type === 'ImportDefaultSpecifier'
            ? 'default'
            : (staticName(specifier.imported) ?? '')
      const variable = this.tree.variableOf(local)
      const uses = variable ? importUses(this.tree, variable) : []
      this.#shape.bindings.push({ local: local.name, source, imported, start, uses, isReexported: false })
    }
    this.#blank(statement.start, statement.end)
  }

  #readExport(statement: ExportNamedDeclaration): void {
    const { declaration } = statement
    const source = statement.source ? this.#source(statement.source) : undefined
    for (const specifier of statement.specifiers) {
      const name = staticName(specifier.exported)
      const local = staticName(specifier.local) ?? ''
      if (source !== undefined) this.#reexport(name, source, local)
      else this.#export(name, local)
    }
    if (!declaration) return this.#blank(statement.start, statement.end)
    const names =
      declaration.type === 'VariableDeclaration'
        ? declaration.declarations.flatMap(({ id }) => boundNames(id))
        : [declaration.id.name]
    for (const name of names) this.#export(name, name)
    return this.#blank(statement.start, declaration.start)
  }

  #readDefault({ start, end, declaration }: ExportDefaultDeclaration): void {
    const isDeclared = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration'
    if (isDeclared && declaration.id) {
      this.#export('default', declaration.id.name)
      return this.#blank(start, declaration.start)
    }
    const name = unusedName(this.tree.code)
    const isFunction = declaration.type === 'FunctionDeclaration'
    this.#shape.defaultName = { name, isFunction }
    this.#shape.exports.push({ name: 'default', local: name })
    if (isFunction) {
      // Still a declaration: it can be called before the module is evaluated.
      const at = this.tree.code.indexOf('(', declaration.start)
      this.#shape.edits.push({ start: at, end: at, text: ` ${name}` })
      return this.#blank(start, declaration.start)
    }
    // As the value of a property called `default`, an anonymous class or function gets the name that it should have. The
    // parentheses around an expression, and comments before it, are not part of it.
    const { code } = this.tree
    const value = code.indexOf('default', start) + 'default'.length
    const last = code[end - 1] === ';' ? end - 1 : end
    this.#shape.edits.push({ start, end: value, text: `${name}=({default:`.padEnd(value - start) })
    this.#shape.edits.push({ start: last, end: last, text: '}).default;' })
    return undefined
  }

  #source(node: AnyNode): string {
    const source = staticName(node) ?? ''
    if (!this.#shape.sources.includes(source)) this.#shape.sources.push(source)
    return source
  }

  #export(name: string | undefined, local: string): void {
    this.#shape.exports.push({ name: name ?? '', local })
  }

  #reexport(name: string | undefined, source: string, imported: string): void {
    this.#shape.reexports.push({ name: name ?? '', source, imported })
  }

  #blank(start: number, end: number): void {
    const text = this.tree.code.slice(start, end).replaceAll(/[^\n\r\u2028\u2029]/g, ' ')
    // Or the statements before and after it could become one.
    this.#shape.edits.push({ start, end, text: `;${text.slice(1)}` })
  }
}

/** `import.meta` and `import(` become `$baton.meta` and `$baton(`, which are as long. */
function metaEdits(tree: SyntaxTree): Edit[] {
  return tree.metaProperties.map(({ start, end }) => ({ start, end, text: '$baton.meta'.padEnd(end - start) }))
}

/** Works without the loader, too: the script may send the function to a page. */
const importer = (args: string): string => `(typeof $baton=="undefined"?(${args})=>import(${args}):$baton)`

/** Leaves `import('https://…')` alone: a function that is sent to a page may import by URL. */
export function importCallEdits(tree: SyntaxTree): Edit[] {
  return tree.importExpressions
    .filter(
      ({ source }) => !/^[a-z]{3,}:\/\//.test((source.type === 'Identifier' ? undefined : staticName(source)) ?? ''),
    )
    .map(call => {
      const { start } = call
      const end = start + 'import'.length
      if (!tree.isInFunction(call)) return { start, end, text: '$baton' }
      const text = importer(call.options ? 'u,o' : 'u')
      return { start, end, text: startsStatement(tree, call) ? `;${text}` : text }
    })
}

function importUses(tree: SyntaxTree, variable: Variable): ImportUse[] {
  return variable.references.flatMap((reference): ImportUse[] => {
    const { start, end } = reference.identifier as Identifier
    const parent = tree.parentOf(reference.identifier as Identifier)
    if (parent?.type === 'ExportSpecifier') return []
    if (reference.isWrite()) return [{ start, end, form: 'assigned' }]
    if (parent?.type === 'Property' && parent.shorthand) return [{ start, end, form: 'shorthand' }]
    const isCallee =
      (parent?.type === 'CallExpression' && parent.callee.start === start) ||
      (parent?.type === 'TaggedTemplateExpression' && parent.tag.start === start)
    if (!isCallee) return [{ start, end, form: 'plain' }]
    return [{ start, end, form: startsStatement(tree, parent) ? 'statement' : 'callee' }]
  })
}

/** Whether a statement that follows others starts with an expression. */
function startsStatement(tree: SyntaxTree, expression: AnyNode): boolean {
  let node = expression
  for (let outer = tree.parentOf(node); outer?.start === expression.start; outer = tree.parentOf(outer)) node = outer
  const list = tree.parentOf(node)?.type ?? ''
  return (
    node.type === 'ExpressionStatement' && ['Program', 'BlockStatement', 'StaticBlock', 'SwitchCase'].includes(list)
  )
}

/** Whether a function assigns to a variable: then its value may change after the module was evaluated. */
function isChangedLater(tree: SyntaxTree, local: string): boolean {
  const variable = tree.topLevelVariable(local)
  return (variable?.references ?? []).some(
    reference => reference.isWrite() && reference.from.variableScope !== variable?.scope,
  )
}

function boundNames(pattern: Pattern | null): string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name]
    case 'AssignmentPattern':
      return boundNames(pattern.left)
    case 'RestElement':
      return boundNames(pattern.argument)
    case 'ArrayPattern':
      return pattern.elements.flatMap(boundNames)
    case 'ObjectPattern':
      return pattern.properties.flatMap(property =>
        boundNames(property.type === 'RestElement' ? property.argument : property.value),
      )
    case 'MemberExpression':
    case undefined:
  }
  return []
}

/** Short, so that the code behind it keeps its column. */
function unusedName(code: string): string {
  let name = '$b'
  for (let number = 0; code.includes(name); number++) name = `$b${number}`
  return name
}
