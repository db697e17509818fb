import { parse, type AnyNode, type CallExpression, type Identifier, type ImportExpression, type Program } from 'acorn'
import { analyze, type Variable } from 'eslint-scope'

/** Generated code with what its names mean. */
export class SyntaxTree {
  readonly program: Program
  readonly importExpressions: ImportExpression[] = []
  readonly #variables = new Map<AnyNode, Variable>()
  readonly #globals = new Map<string, Identifier[]>()

  /** @throws SyntaxError where the code is no ECMAScript module */
  constructor(readonly code: string) {
    this.program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', ranges: true, allowHashBang: true })
    const scopes = analyze(this.program as Parameters<typeof analyze>[0], { ecmaVersion: 2024, sourceType: 'module' })
    for (const scope of scopes.scopes) {
      for (const variable of scope.variables) {
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

  /** What a name is bound to, read or declared; undefined for a global and for what is no name. */
  variableOf(node: AnyNode): Variable | undefined {
    return this.#variables.get(node)
  }

  /** Uses of a name that nothing in the code declares. */
  globals(name: string): readonly Identifier[] {
    return this.#globals.get(name) ?? []
  }

  /** Every place that reads a variable. */
  readsOf(variable: Variable): Identifier[] {
    return variable.references.filter(reference => reference.isRead()).map(it => it.identifier as Identifier)
  }

  /** The one expression that a name ever holds; undefined where there are several, or it is taken out of something. */
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

  text(node: AnyNode): string {
    return this.code.slice(node.start, node.end)
  }

  #noteGlobal(identifier: Identifier): void {
    const uses = this.#globals.get(identifier.name)
    if (uses) uses.push(identifier)
    else this.#globals.set(identifier.name, [identifier])
  }

  #link(root: AnyNode): void {
    const open: AnyNode[] = [root]
    for (let node = open.pop(); node; node = open.pop()) {
      if (node.type === 'ImportExpression') this.importExpressions.push(node)
      for (const key in node) {
        if (key === 'parent' || key === 'range') continue
        const value: unknown = node[key as keyof AnyNode]
        for (const child of Array.isArray(value) ? value : [value]) {
          if (!isNode(child)) continue
          child.parent = node
          open.push(child)
        }
      }
    }
  }
}

/** A map from node to parent would be the largest thing of all that is made for a bundle. */
type Linked = AnyNode & { parent?: AnyNode }

function isNode(value: unknown): value is Linked {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** The name of a property or of an import: `a` of `x.a`, `x['a']`, `{ a: 1 }`; undefined where it is computed. */
export function staticName(key: AnyNode, computed = false): string | undefined {
  if (key.type === 'Identifier' && !computed) return key.name
  if (key.type === 'Literal') return String(key.value)
  if (key.type === 'TemplateLiteral' && key.expressions.length === 0) return key.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** Whether this calls one of the bundler's own helpers; a number is appended where the user's names collide. */
export function isHelperCall(node: AnyNode, helper: string): node is CallExpression {
  return (
    node.type === 'CallExpression' &&
    node.callee.type === 'Identifier' &&
    node.callee.name.startsWith(helper) &&
    /^\d*$/.test(node.callee.name.slice(helper.length))
  )
}
