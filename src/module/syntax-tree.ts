import {
  Parser,
  type AnyNode,
  type BinaryExpression,
  type CallExpression,
  type Identifier,
  type ImportExpression,
  type NewExpression,
  type Program,
  type TemplateLiteral,
  type ThrowStatement,
} from 'acorn'
import { analyze, type ScopeManager, type Variable } from 'eslint-scope'

/** Accepts what only strict code refuses, such as two parameters of one name: sloppy CommonJS is part of a bundle. */
const TolerantParser = Parser.extend(base => {
  class Tolerant extends base {}
  Object.defineProperty(Tolerant.prototype, 'raiseRecoverable', { value: () => undefined })
  return Tolerant
})

/** The syntax tree of generated code, with its variables resolved. */
export class SyntaxTree {
  readonly program: Program
  readonly importExpressions: ImportExpression[] = []
  readonly throwStatements: ThrowStatement[] = []
  readonly calls: (CallExpression | NewExpression)[] = []
  readonly functions: FunctionNode[] = []
  /** Texts that are put together: template literals with expressions, sums. */
  readonly joinedTexts: (TemplateLiteral | BinaryExpression)[] = []
  /** All uses of `import.meta`. */
  readonly metaProperties: AnyNode[] = []
  /** Whether the code awaits outside of functions. */
  hasTopLevelAwait = false
  readonly #scopes: ScopeManager
  readonly #variables = new Map<AnyNode, Variable>()
  readonly #globals = new Map<string, Identifier[]>()
  readonly #topLevel = new Map<string, Variable>()

  /** @throws SyntaxError if the code is not valid */
  constructor(
    readonly code: string,
    sourceType: 'module' | 'commonjs' = 'module',
  ) {
    this.program = TolerantParser.parse(code, { ecmaVersion: 'latest', sourceType, ranges: true, allowHashBang: true })
    this.#scopes = analyze(this.program as Parameters<typeof analyze>[0], {
      ecmaVersion: 2024,
      sourceType,
      ignoreEval: true,
    })
    for (const scope of this.#scopes.scopes) {
      for (const variable of scope.variables) {
        if (scope.type === 'module') this.#topLevel.set(variable.name, variable)
        for (const identifier of variable.identifiers) this.#variables.set(identifier as Identifier, variable)
      }
      for (const reference of scope.references) {
        const identifier = reference.identifier as Identifier
        if (reference.resolved) this.#variables.set(identifier, reference.resolved)
        else this.#noteGlobal(identifier)
      }
    }
    this.#link(this.program)
  }

  parentOf(node: AnyNode): AnyNode | undefined {
    return (node as Linked).parent
  }

  /** Returns the variable of an identifier; undefined for a global and for other nodes. */
  variableOf(node: AnyNode): Variable | undefined {
    return this.#variables.get(node)
  }

  /** Returns the variables that a node itself creates: of a class, its name inside of it. */
  variablesDeclaredBy(node: AnyNode): readonly Variable[] {
    return this.#scopes.getDeclaredVariables(node as Parameters<ScopeManager['getDeclaredVariables']>[0])
  }

  topLevelVariable(name: string): Variable | undefined {
    return this.#topLevel.get(name)
  }

  /** Returns the uses of a name that the code does not declare. */
  globals(name: string): readonly Identifier[] {
    return this.#globals.get(name) ?? []
  }

  /** Returns all identifiers that read a variable. */
  readsOf(variable: Variable): Identifier[] {
    return variable.references.filter(reference => reference.isRead()).map(it => it.identifier as Identifier)
  }

  /** Returns the only expression that is assigned to a name; undefined if there are several, or it is destructured. */
  onlyValueOf(node: AnyNode): AnyNode | undefined {
    const writes = this.#variables.get(node)?.references.filter(reference => reference.isWrite()) ?? []
    const [write] = writes
    if (!write || writes.length > 1) return undefined
    const target = write.identifier as Identifier
    const parent = this.parentOf(target)
    if (parent?.type === 'VariableDeclarator' && parent.id === target) return parent.init ?? undefined
    if (parent?.type === 'AssignmentExpression' && parent.operator === '=' && parent.left === target)
      return parent.right
    return undefined
  }

  /** Returns the innermost function that a node is in. */
  functionAround(node: AnyNode): AnyNode | undefined {
    let outer = this.parentOf(node)
    while (outer && !/Function/.test(outer.type)) outer = this.parentOf(outer)
    return outer
  }

  isInFunction(node: AnyNode): boolean {
    return this.functionAround(node) !== undefined
  }

  text(node: AnyNode): string {
    return this.code.slice(node.start, node.end)
  }

  #noteGlobal(identifier: Identifier): void {
    const uses = this.#globals.get(identifier.name)
    if (uses) uses.push(identifier)
    else this.#globals.set(identifier.name, [identifier])
  }

  #note(node: AnyNode): void {
    if (node.type === 'CallExpression' || node.type === 'NewExpression') this.calls.push(node)
    else if (isFunction(node)) this.functions.push(node)
    else if (node.type === 'TemplateLiteral') this.#noteText(node, node.expressions.length > 0)
    else if (node.type === 'BinaryExpression') this.#noteText(node, node.operator === '+')
    else if (node.type === 'ImportExpression') this.importExpressions.push(node)
    else if (node.type === 'ThrowStatement') this.throwStatements.push(node)
    else if (node.type === 'MetaProperty' && node.meta.name === 'import') this.metaProperties.push(node)
    else if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await))
      this.hasTopLevelAwait ||= !this.isInFunction(node)
  }

  #noteText(node: TemplateLiteral | BinaryExpression, isJoined: boolean): void {
    if (isJoined) this.joinedTexts.push(node)
  }

  #link(root: AnyNode): void {
    visitNodes(root, (node, parent) => {
      if (parent) node.parent = parent
      this.#note(node)
    })
  }
}

/** Parents are stored in the nodes: a map would need more memory than all else. */
type Linked = AnyNode & { parent?: AnyNode }

export type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>
function isFunction(node: AnyNode): node is FunctionNode {
  return /^(?:Arrow)?Function(?:Expression|Declaration)$/.test(node.type)
}

export type ClassNode = Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>

export function isClass(node: AnyNode): node is ClassNode {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression'
}

/** Visits a node and all nodes in it. @param visit - gets the parent except for the first node */
export function visitNodes(root: AnyNode, visit: (node: Linked, parent?: AnyNode) => void): void {
  visit(root)
  const open: AnyNode[] = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    for (const key in node) {
      if (key === 'parent' || key === 'range') continue
      const value: unknown = node[key as keyof AnyNode]
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!isNode(child)) continue
        visit(child, node)
        open.push(child)
      }
    }
  }
}

function isNode(value: unknown): value is Linked {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** Returns the name of a property or import: `a` of `x.a`, `x['a']`, `{ a: 1 }`; undefined if it is computed. */
export function staticName(key: AnyNode, computed = false): string | undefined {
  if (key.type === 'Identifier' && !computed) return key.name
  if (key.type === 'Literal') return String(key.value)
  if (key.type === 'TemplateLiteral' && key.expressions.length === 0) return key.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** Whether a node calls a helper of the bundler, which appends a number if the user's code has the same name. */
export function isHelperCall(node: AnyNode, helper: string): node is CallExpression {
  return (
    node.type === 'CallExpression' &&
    node.callee.type === 'Identifier' &&
    node.callee.name.startsWith(helper) &&
    /^\d*$/.test(node.callee.name.slice(helper.length))
  )
}
