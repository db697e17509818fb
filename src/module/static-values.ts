import type { AnyNode, Identifier, ObjectExpression } from 'acorn'
import { findExport } from './find-export.js'
import { staticName, type SyntaxTree } from './syntax-tree.js'

const mutatingMethods = new Set(['push', 'unshift', 'splice', 'pop', 'shift', 'fill', 'reverse', 'sort'])
const iteratingMethods = new Set(['map', 'forEach', 'flatMap', 'every', 'some', 'filter'])
/** Letters that all values of one expression may have together: more is no list of names. */
const maxCharacters = 10_000

/** One key of an object literal. */
export interface ObjectEntry {
  key: string
  keyNode: AnyNode
  value: AnyNode
}

/** Finds out what expressions are, where the code alone says it. */
export class StaticValues {
  /** Expressions that are being looked at: what meets itself has no value. */
  readonly #open = new Set<AnyNode>()
  readonly #strings = new Map<AnyNode, string[] | undefined>()

  constructor(readonly tree: SyntaxTree) {}

  /**
   * Follows names to the expression that they stand for: constants, members of constant objects, exports of other
   * files of the bundle.
   * @returns the expression; the last name itself where it can't be followed
   */
  resolve(node: AnyNode): AnyNode {
    return this.#once(node, () => this.#next(node)) ?? node
  }

  /** Keys of an object literal, spread ones included; undefined where one can't be known. */
  entries(object: ObjectExpression): ObjectEntry[] | undefined {
    return this.#once(object, () => {
      const entries: ObjectEntry[] = []
      for (const property of object.properties) {
        if (property.type === 'SpreadElement') {
          const spread = this.resolve(property.argument)
          const inner = spread.type === 'ObjectExpression' ? this.entries(spread) : undefined
          if (!inner) return undefined
          entries.push(...inner)
        } else {
          const key = staticName(property.key, property.computed) ?? this.strings(property.key)?.[0]
          if (key === undefined || property.kind !== 'init') return undefined
          entries.push({ key, keyNode: property.key, value: property.value })
        }
      }
      return entries
    })
  }

  /** Elements of an array literal, spread ones included; undefined where one can't be known. */
  elements(node: AnyNode): AnyNode[] | undefined {
    const array = this.resolve(node)
    if (array.type !== 'ArrayExpression') return undefined
    return this.#once(array, () => {
      const elements: AnyNode[] = []
      for (const element of array.elements) {
        if (element === null) return undefined
        const inner = element.type === 'SpreadElement' ? this.elements(element.argument) : [element]
        if (!inner) return undefined
        elements.push(...inner)
      }
      return elements
    })
  }

  /**
   * All strings that an expression can be, where these can be known: literals, constants, `+`, `a ? 'x' : 'y'`, and
   * the variable of a loop over literals.
   */
  strings(node: AnyNode): string[] | undefined {
    const value = this.resolve(node)
    if (!this.#strings.has(value))
      this.#strings.set(
        value,
        this.#once(value, () => this.#stringsOf(value)),
      )
    return this.#strings.get(value)
  }

  #once<T>(node: AnyNode, find: () => T | undefined): T | undefined {
    if (this.#open.has(node)) return undefined
    this.#open.add(node)
    try {
      return find()
    } finally {
      this.#open.delete(node)
    }
  }

  #next(node: AnyNode): AnyNode {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- of some eighty kinds of node, the others say nothing
    switch (node.type) {
      case 'Identifier': {
        const value = this.tree.onlyValueOf(node)
        return value && !isMutated(this.tree, node) ? this.resolve(value) : node
      }
      case 'MemberExpression': {
        const name = staticName(node.property, node.computed)
        const value = name === undefined ? undefined : this.#member(node.object, name)
        return value ? this.resolve(value) : node
      }
      case 'CallExpression': {
        const [argument] = node.arguments
        return argument && this.tree.text(node.callee) === 'Object.freeze' ? this.resolve(argument) : node
      }
      case 'SequenceExpression':
        return this.resolve(node.expressions.at(-1) ?? node)
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        return this.resolve(node.expression)
      default:
        return node
    }
  }

  #member(object: AnyNode, name: string): AnyNode | undefined {
    const exported = findExport(this.tree, object, name)
    if (exported) return exported
    const value = this.resolve(object)
    return value.type === 'ObjectExpression' ? this.entries(value)?.findLast(it => it.key === name)?.value : undefined
  }

  #stringsOf(value: AnyNode): string[] | undefined {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- of some eighty kinds of node, the others say nothing
    switch (value.type) {
      case 'Literal':
        return typeof value.value === 'string' ? [value.value] : undefined
      case 'TemplateLiteral': {
        const parts = value.quasis.flatMap((quasi, index): (string[] | undefined)[] => {
          const expression = value.expressions[index]
          const text = quasi.value.cooked
          return [typeof text === 'string' ? [text] : undefined, ...(expression ? [this.strings(expression)] : [])]
        })
        return parts.reduce(join, [''])
      }
      case 'BinaryExpression':
        return value.operator === '+' ? join(this.strings(value.left), this.strings(value.right)) : undefined
      case 'ConditionalExpression':
        return both(this.strings(value.consequent), this.strings(value.alternate))
      case 'Identifier': {
        const list = iteratedList(this.tree, value)
        const elements = list && this.elements(list)
        return elements?.map(element => this.strings(element)).reduce(both, [])
      }
      default:
        return undefined
    }
  }
}

function join(left: string[] | undefined, right: string[] | undefined): string[] | undefined {
  if (!left || !right || sizeOf(left) * right.length + sizeOf(right) * left.length > maxCharacters) return undefined
  return right.flatMap(end => left.map(start => start + end))
}

function both(left: string[] | undefined, right: string[] | undefined): string[] | undefined {
  return left && right && sizeOf(left) + sizeOf(right) <= maxCharacters ? [...left, ...right] : undefined
}

/** Each string counts one more, so that there can't be any number of empty ones. */
function sizeOf(strings: readonly string[]): number {
  return strings.reduce((sum, { length }) => sum + length + 1, 0)
}

/** The list behind `name` in `for (const name of list)` and `list.map(name => …)`. */
function iteratedList(tree: SyntaxTree, name: Identifier): AnyNode | undefined {
  const variable = tree.variableOf(name)
  const declared = variable?.identifiers.length === 1 ? (variable.identifiers[0] as Identifier) : undefined
  const holder = declared && tree.parentOf(declared)
  if (!variable || !holder) return undefined
  const writes = variable.references.filter(reference => reference.isWrite()).length
  if (holder.type === 'VariableDeclarator' && holder.id === declared) {
    const loop = tree.parentOf(tree.parentOf(holder) ?? holder)
    return loop?.type === 'ForOfStatement' && writes === 1 ? loop.right : undefined
  }
  if (holder.type !== 'ArrowFunctionExpression' && holder.type !== 'FunctionExpression') return undefined
  const call = tree.parentOf(holder)
  const isCallback = call?.type === 'CallExpression' && call.arguments[0] === holder && holder.params[0] === declared
  if (!isCallback || call.callee.type !== 'MemberExpression' || writes > 0) return undefined
  const method = staticName(call.callee.property, call.callee.computed)
  return method !== undefined && iteratingMethods.has(method) ? call.callee.object : undefined
}

/** Whether an object or list is changed after it was made. */
function isMutated(tree: SyntaxTree, name: Identifier): boolean {
  const variable = tree.variableOf(name)
  return (variable ? tree.readsOf(variable) : []).some(read => {
    const member = tree.parentOf(read)
    if (member?.type !== 'MemberExpression' || member.object !== read) return false
    const use = tree.parentOf(member)
    if (use?.type === 'AssignmentExpression') return use.left === member
    if (use?.type === 'UpdateExpression' || (use?.type === 'UnaryExpression' && use.operator === 'delete')) return true
    const method = staticName(member.property, member.computed)
    return use?.type === 'CallExpression' && use.callee === member && mutatingMethods.has(method ?? '')
  })
}
