import type { AnyNode, CallExpression, Pattern } from 'acorn'
import type { Variable } from 'eslint-scope'
import { requireCalls } from './require-uses.js'
import { describe, memberOf, objectWith, type Handle } from './baton-handle.js'
import { isHelperCall, nameOf, type SyntaxTree } from './syntax-tree.js'

/** One place where a function of 'baton' is called, or is given to other code that may call it with anything. */
export interface BatonUse {
  name: string
  node: AnyNode
  /** Undefined where the function is handed on. */
  call?: CallExpression
}

/**
 * Finds every use of some functions of 'baton', by following what the names are bound to: imports under any name,
 * namespaces, `await import`, `require`, re-exports through other files, destructuring, aliases.
 * @returns uses in the order of the code
 */
export function batonUses(tree: SyntaxTree, functionNames: readonly string[]): BatonUse[] {
  const search = new Search(tree, functionNames)
  search.run()
  return search.uses.toSorted((a, b) => a.node.start - b.node.start)
}

const interopHelpers = ['__toESM', '__toCommonJS', '__importStar', '__importDefault', '_interopRequireWildcard']

class Search {
  readonly uses: BatonUse[] = []
  readonly #seen = new Set<string>()
  readonly #whole: Handle
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
        else this.#bindMember(this.#whole, nameOf(specifier.imported), specifier.local)
      }
    }
    for (const node of this.tree.importExpressions) if (isBaton(node.source)) this.#follow(this.#whole, node)
    for (const call of requireCalls(this.tree)) if (isBaton(call.arguments[0])) this.#follow(this.#whole, call)
  }

  /** Takes note of what becomes of an expression that stands for `handle`. */
  #follow(handle: Handle, node: AnyNode): void {
    const key = `${node.start}:${node.end}:${describe(handle)}`
    const parent = this.tree.parentOf(node)
    if (!parent || this.#seen.has(key)) return
    this.#seen.add(key)
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- of some eighty kinds of node, the others say nothing
    switch (parent.type) {
      case 'AwaitExpression':
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        return this.#follow(handle, parent)
      case 'SequenceExpression':
        return parent.expressions.at(-1) === node ? this.#follow(handle, parent) : undefined
      case 'VariableDeclarator':
        return this.#bind(handle, parent.id)
      case 'AssignmentExpression':
        return this.#followAssignment(handle, parent.left, parent)
      case 'MemberExpression':
        return parent.object === node ? this.#followMember(handle, parent) : undefined
      case 'CallExpression':
        return this.#followCall(handle, parent, node)
      case 'Property':
        return this.#followProperty(handle, parent, node)
      case 'SpreadElement':
        return this.#follow(handle, this.tree.parentOf(parent) ?? parent)
      case 'ArrowFunctionExpression':
        return parent.body === node ? this.#followResult(handle, parent) : undefined
      default:
        return undefined
    }
  }

  #bind(handle: Handle, pattern: Pattern): void {
    if (pattern.type === 'Identifier') {
      const variable = this.tree.variableOf(pattern)
      if (variable) this.#followVariable(handle, variable)
    } else if (pattern.type === 'AssignmentPattern') {
      this.#bind(handle, pattern.left)
    } else if (pattern.type === 'ObjectPattern') {
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') this.#bind(handle, property.argument)
        else this.#bindMember(handle, nameOf(property.key, property.computed), property.value)
      }
    }
  }

  #bindMember(handle: Handle, name: string | undefined, pattern: Pattern): void {
    const member = memberOf(handle, name)
    if (member) this.#bind(member, pattern)
  }

  #followVariable(handle: Handle, variable: Variable): void {
    for (const read of this.tree.readsOf(variable)) this.#follow(handle, read)
  }

  #followAssignment(handle: Handle, left: Pattern, whole: AnyNode): void {
    this.#follow(handle, whole)
    if (left.type !== 'MemberExpression') return this.#bind(handle, left)
    // exports.useDevice = … and module.exports = … reach whoever requires this file.
    const name = nameOf(left.property, left.computed)
    if (name === undefined) return undefined
    const [exports, module] = this.#commonJsParams(left.object)
    if (name === 'exports' && module) return this.#followRequirers(handle, module)
    const object =
      left.object.type === 'MemberExpression' && nameOf(left.object.property) === 'exports'
        ? this.#commonJsParams(left.object.object)[1]
        : exports
    return object && this.#followRequirers(objectWith(name, handle), object)
  }

  /** The file's wrapper, where `name` is its `exports` (first) or `module` (second). */
  #commonJsParams(name: AnyNode): [exports?: AnyNode | undefined, module?: AnyNode] {
    const declared = this.tree.variableOf(name)?.identifiers[0] as AnyNode | undefined
    const wrapper = declared && this.tree.parentOf(declared)
    if (wrapper?.type !== 'FunctionExpression' && wrapper?.type !== 'ArrowFunctionExpression') return []
    if (wrapper.params[0] === declared) return [wrapper]
    return wrapper.params[1] === declared ? [undefined, wrapper] : []
  }

  #followRequirers(handle: Handle | undefined, wrapper: AnyNode): void {
    let node: AnyNode | undefined = wrapper
    while (node && !isHelperCall(node, '__commonJS')) node = this.tree.parentOf(node)
    const declarator = node && this.tree.parentOf(node)
    if (!handle || declarator?.type !== 'VariableDeclarator') return
    const variable = this.tree.variableOf(declarator.id)
    for (const read of variable ? this.tree.readsOf(variable) : []) {
      const call = this.tree.parentOf(read)
      if (call?.type === 'CallExpression' && call.callee === read) this.#follow(handle, call)
    }
  }

  #followMember(handle: Handle, member: AnyNode & { type: 'MemberExpression' }): void {
    const name = nameOf(member.property, member.computed)
    const found = memberOf(handle, name)
    if (found) return this.#follow(found, member)
    const call = this.tree.parentOf(member)
    if (name !== 'then' || call?.type !== 'CallExpression') return undefined
    const callback = call.arguments[0]
    const isFunction = callback?.type === 'ArrowFunctionExpression' || callback?.type === 'FunctionExpression'
    return isFunction && callback.params[0] ? this.#bind(handle, callback.params[0]) : undefined
  }

  #followCall(handle: Handle, call: CallExpression, node: AnyNode): void {
    if (call.callee === node) {
      if (handle.kind === 'function') this.uses.push({ name: handle.name, node: call, call })
      return undefined
    }
    if (interopHelpers.some(helper => isHelperCall(call, helper))) return this.#follow(handle, call)
    if (isHelperCall(call, '__reExport') && call.arguments[0]) {
      const target = this.tree.variableOf(call.arguments[0])
      return target && this.#followVariable(handle, target)
    }
    if (handle.kind === 'function' && this.#names.has(handle.name)) this.uses.push({ name: handle.name, node })
    return undefined
  }

  #followProperty(handle: Handle, property: AnyNode & { type: 'Property' }, node: AnyNode): void {
    const object = this.tree.parentOf(property)
    const name = nameOf(property.key, property.computed)
    if (property.value !== node || object?.type !== 'ObjectExpression' || name === undefined) return undefined
    const whole = objectWith(name, handle)
    return whole && this.#follow(whole, object)
  }

  /** `__export(file_exports, { useDevice: () => useDevice })` and `.then(() => file_exports)`. */
  #followResult(handle: Handle, arrow: AnyNode): void {
    const holder = this.tree.parentOf(arrow)
    if (holder?.type === 'CallExpression' && holder.arguments[0] === arrow) {
      const { callee } = holder
      const isThen = callee.type === 'MemberExpression' && nameOf(callee.property, callee.computed) === 'then'
      return isThen ? this.#follow(handle, holder) : undefined
    }
    const object = holder && this.tree.parentOf(holder)
    const call = object && this.tree.parentOf(object)
    if (holder?.type !== 'Property' || !call || !isHelperCall(call, '__export') || !call.arguments[0]) return undefined
    const target = this.tree.variableOf(call.arguments[0])
    const whole = objectWith(nameOf(holder.key) ?? '', handle)
    return target && whole && this.#followVariable(whole, target)
  }
}

function isBaton(source: AnyNode | undefined): boolean {
  return source !== undefined && nameOf(source) === 'baton' && source.type !== 'Identifier'
}
