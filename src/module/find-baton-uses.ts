import type { AnyNode, CallExpression, Pattern } from 'acorn'
import type { Variable } from 'eslint-scope'
import { findRequireCalls } from './require-uses.js'
import { referenceKey, memberReference, objectReference, type BatonReference } from './baton-reference.js'
import { isHelperCall, staticName, type SyntaxTree } from './syntax-tree.js'

/** One place where a function of 'baton' is called, or passed to other code that may call it. */
export interface BatonUse {
  name: string
  node: AnyNode
  /** Undefined if the function is passed on. */
  call?: CallExpression
}

/**
 * Finds all uses of some functions of 'baton'. Follows imports under any name, namespaces, `await import`, `require`,
 * re-exports through other files, destructuring and aliases.
 * @returns uses in the order of the code
 */
export function findBatonUses(tree: SyntaxTree, functionNames: readonly string[]): BatonUse[] {
  const search = new BatonUseFinder(tree, functionNames)
  search.run()
  return search.uses.toSorted((a, b) => a.node.start - b.node.start)
}

const interopHelpers = ['__toESM', '__toCommonJS', '__importStar', '__importDefault', '_interopRequireWildcard']

class BatonUseFinder {
  readonly uses: BatonUse[] = []
  readonly #seen = new Set<string>()
  readonly #whole: BatonReference
  readonly #names: ReadonlySet<string>

  constructor(
    readonly tree: SyntaxTree,
    functionNames: readonly string[],
  ) {
    this.#names = new Set(functionNames)
    this.#whole = { kind: 'object', members: new Map(functionNames.map(name => [name, { kind: 'function', name }])) }
  }

  run(): void {
    for (const statement of this.tree.program.body) {
      if (statement.type !== 'ImportDeclaration' || statement.source.value !== 'baton') continue
      for (const specifier of statement.specifiers) {
        if (specifier.type !== 'ImportSpecifier') this.#bind(this.#whole, specifier.local)
        else this.#bindMember(this.#whole, staticName(specifier.imported), specifier.local)
      }
    }
    for (const node of this.tree.importExpressions) if (isBaton(node.source)) this.#follow(this.#whole, node)
    for (const call of findRequireCalls(this.tree)) if (isBaton(call.arguments[0])) this.#follow(this.#whole, call)
  }

  /** Follows an expression that refers to `reference` to where its value goes. */
  #follow(reference: BatonReference, node: AnyNode): void {
    const key = `${node.start}:${node.end}:${referenceKey(reference)}`
    const parent = this.tree.parentOf(node)
    if (!parent || this.#seen.has(key)) return
    this.#seen.add(key)
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds of node, some eighty, don't matter
    switch (parent.type) {
      case 'AwaitExpression':
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        return this.#follow(reference, parent)
      case 'SequenceExpression':
        return parent.expressions.at(-1) === node ? this.#follow(reference, parent) : undefined
      case 'VariableDeclarator':
        return this.#bind(reference, parent.id)
      case 'AssignmentExpression':
        return this.#followAssignment(reference, parent.left, parent)
      case 'MemberExpression':
        return parent.object === node ? this.#followMember(reference, parent) : undefined
      case 'CallExpression':
        return this.#followCall(reference, parent, node)
      case 'Property':
        return this.#followProperty(reference, parent, node)
      case 'SpreadElement':
        return this.#follow(reference, this.tree.parentOf(parent) ?? parent)
      case 'ArrowFunctionExpression':
        return parent.body === node ? this.#followResult(reference, parent) : undefined
      default:
        return undefined
    }
  }

  #bind(reference: BatonReference, pattern: Pattern): void {
    if (pattern.type === 'Identifier') {
      const variable = this.tree.variableOf(pattern)
      if (variable) this.#followVariable(reference, variable)
    } else if (pattern.type === 'AssignmentPattern') {
      this.#bind(reference, pattern.left)
    } else if (pattern.type === 'ObjectPattern') {
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') this.#bind(reference, property.argument)
        else this.#bindMember(reference, staticName(property.key, property.computed), property.value)
      }
    }
  }

  #bindMember(reference: BatonReference, name: string | undefined, pattern: Pattern): void {
    const member = memberReference(reference, name)
    if (member) this.#bind(member, pattern)
  }

  #followVariable(reference: BatonReference, variable: Variable): void {
    for (const read of this.tree.readsOf(variable)) this.#follow(reference, read)
  }

  #followAssignment(reference: BatonReference, left: Pattern, whole: AnyNode): void {
    this.#follow(reference, whole)
    if (left.type !== 'MemberExpression') return this.#bind(reference, left)
    // Files that require this one get what `exports.useDevice = …` and `module.exports = …` assign.
    const name = staticName(left.property, left.computed)
    if (name === undefined) return undefined
    const [exports, module] = this.#commonJsParams(left.object)
    if (name === 'exports' && module) return this.#followRequirers(reference, module)
    const object =
      left.object.type === 'MemberExpression' && staticName(left.object.property) === 'exports'
        ? this.#commonJsParams(left.object.object)[1]
        : exports
    return object && this.#followRequirers(objectReference(name, reference), object)
  }

  /** Returns the bundler's wrapper of a CommonJS file: first if `name` is its parameter `exports`, second if `module`. */
  #commonJsParams(name: AnyNode): [exports?: AnyNode | undefined, module?: AnyNode] {
    const declared = this.tree.variableOf(name)?.identifiers[0] as AnyNode | undefined
    const wrapper = declared && this.tree.parentOf(declared)
    if (wrapper?.type !== 'FunctionExpression' && wrapper?.type !== 'ArrowFunctionExpression') return []
    if (wrapper.params[0] === declared) return [wrapper]
    return wrapper.params[1] === declared ? [undefined, wrapper] : []
  }

  #followRequirers(reference: BatonReference | undefined, wrapper: AnyNode): void {
    let node: AnyNode | undefined = wrapper
    while (node && !isHelperCall(node, '__commonJS')) node = this.tree.parentOf(node)
    const declarator = node && this.tree.parentOf(node)
    if (!reference || declarator?.type !== 'VariableDeclarator') return
    const variable = this.tree.variableOf(declarator.id)
    for (const read of variable ? this.tree.readsOf(variable) : []) {
      const call = this.tree.parentOf(read)
      if (call?.type === 'CallExpression' && call.callee === read) this.#follow(reference, call)
    }
  }

  #followMember(reference: BatonReference, member: AnyNode & { type: 'MemberExpression' }): void {
    const name = staticName(member.property, member.computed)
    const found = memberReference(reference, name)
    if (found) return this.#follow(found, member)
    const call = this.tree.parentOf(member)
    if (name !== 'then' || call?.type !== 'CallExpression') return undefined
    const callback = call.arguments[0]
    const isFunction = callback?.type === 'ArrowFunctionExpression' || callback?.type === 'FunctionExpression'
    return isFunction && callback.params[0] ? this.#bind(reference, callback.params[0]) : undefined
  }

  #followCall(reference: BatonReference, call: CallExpression, node: AnyNode): void {
    if (call.callee === node) {
      if (reference.kind === 'function') this.uses.push({ name: reference.name, node: call, call })
      return undefined
    }
    if (interopHelpers.some(helper => isHelperCall(call, helper))) return this.#follow(reference, call)
    if (isHelperCall(call, '__reExport') && call.arguments[0]) {
      const target = this.tree.variableOf(call.arguments[0])
      return target && this.#followVariable(reference, target)
    }
    if (reference.kind === 'function' && this.#names.has(reference.name)) this.uses.push({ name: reference.name, node })
    return undefined
  }

  #followProperty(reference: BatonReference, property: AnyNode & { type: 'Property' }, node: AnyNode): void {
    const object = this.tree.parentOf(property)
    const name = staticName(property.key, property.computed)
    if (property.value !== node || object?.type !== 'ObjectExpression' || name === undefined) return undefined
    const whole = objectReference(name, reference)
    return whole && this.#follow(whole, object)
  }

  /** Follows the result of an arrow: `__export(file_exports, { useDevice: () => useDevice })`, `.then(() => file_exports)`. */
  #followResult(reference: BatonReference, arrow: AnyNode): void {
    const holder = this.tree.parentOf(arrow)
    if (holder?.type === 'CallExpression' && holder.arguments[0] === arrow) {
      const { callee } = holder
      const isThen = callee.type === 'MemberExpression' && staticName(callee.property, callee.computed) === 'then'
      return isThen ? this.#follow(reference, holder) : undefined
    }
    const object = holder && this.tree.parentOf(holder)
    const call = object && this.tree.parentOf(object)
    if (holder?.type !== 'Property' || !call || !isHelperCall(call, '__export') || !call.arguments[0]) return undefined
    const target = this.tree.variableOf(call.arguments[0])
    const whole = objectReference(staticName(holder.key) ?? '', reference)
    return target && whole && this.#followVariable(whole, target)
  }
}

function isBaton(source: AnyNode | undefined): boolean {
  return source !== undefined && staticName(source) === 'baton' && source.type !== 'Identifier'
}
