import type { AnyNode, ObjectExpression } from 'acorn'
import { findExport } from './find-export.js'
import { staticName, type SyntaxTree } from './syntax-tree.js'
import { isMutated, iteratedList } from './variable-uses.js'

/** Total length of all possible values of one expression; beyond it, they are certainly not names. */
const maxCharacters = 10_000

/** One property of an object literal. */
export interface ObjectEntry {
  key: string
  keyNode: AnyNode
  value: AnyNode
}

/** Evaluates expressions without running the code, as far as that is possible. */
export class StaticValues {
  /** Expressions being evaluated: a circular one has no value. */
  readonly #open = new Set<AnyNode>()
  readonly #strings = new Map<AnyNode, string[] | undefined>()

  constructor(readonly tree: SyntaxTree) {}

  /**
   * Follows names to the expression that they stand for: constants, members of constant objects, exports of other files of
   * the bundle.
   * @returns the expression, or the last name if it can't be followed
   */
  resolve(node: AnyNode): AnyNode {
    return this.#guardCycles(node, () => this.#follow(node)) ?? node
  }

  /** Returns the properties of an object literal, including spread ones; undefined if one is unknown. */
  entries(object: ObjectExpression): ObjectEntry[] | undefined {
    return this.#guardCycles(object, () => {
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

  /** Returns the elements of an array literal, including spread ones; undefined if one is unknown. */
  elements(node: AnyNode): AnyNode[] | undefined {
    const array = this.resolve(node)
    if (array.type !== 'ArrayExpression') return undefined
    return this.#guardCycles(array, () => {
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
   * Returns all strings that an expression can evaluate to: literals, constants, `+`, `a ? 'x' : 'y'`, and the variable of a
   * loop over literals. Undefined if one is unknown.
   */
  strings(node: AnyNode): string[] | undefined {
    const value = this.resolve(node)
    if (!this.#strings.has(value))
      this.#strings.set(
        value,
        this.#guardCycles(value, () => this.#stringsOf(value)),
      )
    return this.#strings.get(value)
  }

  #guardCycles<T>(node: AnyNode, find: () => T | undefined): T | undefined {
    if (this.#open.has(node)) return undefined
    this.#open.add(node)
    try {
      return find()
    } finally {
      this.#open.delete(node)
    }
  }

  #follow(node: AnyNode): AnyNode {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds of node, some eighty, have no static value
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
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds of node, some eighty, have no static value
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

/** Returns each end after each start; undefined if one list is unknown, or they are too long together. */
export function join(left: string[] | undefined, right: string[] | undefined): string[] | undefined {
  if (!left || !right || sizeOf(left) * right.length + sizeOf(right) * left.length > maxCharacters) return undefined
  return right.flatMap(end => left.map(start => start + end))
}

/** Returns the elements of all lists; undefined if one of the lists is. */
export function flatIfKnown<T>(lists: readonly (readonly T[] | undefined)[] | undefined): T[] | undefined {
  const known = lists?.filter(list => list !== undefined)
  return known && known.length === lists?.length ? known.flat() : undefined
}

function both(left: string[] | undefined, right: string[] | undefined): string[] | undefined {
  return left && right && sizeOf(left) + sizeOf(right) <= maxCharacters ? [...left, ...right] : undefined
}

/** Each string counts one more, to limit the number of empty ones, too. */
function sizeOf(strings: readonly string[]): number {
  return strings.reduce((sum, { length }) => sum + length + 1, 0)
}
