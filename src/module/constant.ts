import type { AnyNode, Identifier, ObjectExpression } from 'acorn'
import { exportedBy } from './exported.js'
import { nameOf, type SyntaxTree } from './syntax-tree.js'

const maxDepth = 50
const growingMethods = new Set(['push', 'unshift', 'splice', 'pop', 'shift', 'fill', 'reverse', 'sort'])
const iteratingMethods = new Set(['map', 'forEach', 'flatMap', 'every', 'some', 'filter'])

/**
 * Follows names to the expression that they stand for: constants, members of constant objects, exports of other
 * files of the bundle.
 * @returns the expression; the last name itself where it can't be followed
 */
export function constantOf(tree: SyntaxTree, node: AnyNode, depth = 0): AnyNode {
  if (depth > maxDepth) return node
  const follow = (next: AnyNode): AnyNode => constantOf(tree, next, depth + 1)
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- of some eighty kinds of node, the others say nothing
  switch (node.type) {
    case 'Identifier': {
      const value = tree.valueOf(node)
      return value && !isChanged(tree, node) ? follow(value) : node
    }
    case 'MemberExpression': {
      const name = nameOf(node.property, node.computed)
      const value = name === undefined ? undefined : memberOf(tree, node.object, name, depth)
      return value ? follow(value) : node
    }
    case 'CallExpression':
      return tree.text(node.callee) === 'Object.freeze' && node.arguments[0] ? follow(node.arguments[0]) : node
    case 'SequenceExpression':
      return follow(node.expressions.at(-1) ?? node)
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return follow(node.expression)
    default:
      return node
  }
}

function memberOf(tree: SyntaxTree, object: AnyNode, name: string, depth: number): AnyNode | undefined {
  const exported = exportedBy(tree, object, name)
  if (exported) return exported
  const value = constantOf(tree, object, depth + 1)
  if (value === object && object.type !== 'ObjectExpression') return undefined
  return value.type === 'ObjectExpression' ? entriesOf(tree, value)?.findLast(it => it.key === name)?.value : undefined
}

/** One key of an object literal. */
export interface Entry {
  key: string
  keyNode: AnyNode
  value: AnyNode
}

/** Keys of an object literal, spread ones included; undefined where one can't be known. */
export function entriesOf(tree: SyntaxTree, object: ObjectExpression): Entry[] | undefined {
  const entries: Entry[] = []
  for (const property of object.properties) {
    if (property.type === 'SpreadElement') {
      const spread = constantOf(tree, property.argument)
      const inner = spread.type === 'ObjectExpression' ? entriesOf(tree, spread) : undefined
      if (!inner) return undefined
      entries.push(...inner)
    } else {
      const key = nameOf(property.key, property.computed) ?? stringsOf(tree, property.key)?.[0]
      if (key === undefined || property.kind !== 'init' || property.method) return undefined
      entries.push({ key, keyNode: property.key, value: property.value })
    }
  }
  return entries
}

/** Elements of an array literal, spread ones included; undefined where one can't be known. */
export function elementsOf(tree: SyntaxTree, node: AnyNode): AnyNode[] | undefined {
  const array = constantOf(tree, node)
  if (array.type !== 'ArrayExpression') return undefined
  const elements: AnyNode[] = []
  for (const element of array.elements) {
    if (element === null) return undefined
    const inner = element.type === 'SpreadElement' ? elementsOf(tree, element.argument) : [element]
    if (!inner) return undefined
    elements.push(...inner)
  }
  return elements
}

/**
 * All strings that an expression can be, where these can be known: literals, constants, `+`, `a ? 'x' : 'y'`, and the
 * variable of a loop over literals.
 */
export function stringsOf(tree: SyntaxTree, node: AnyNode, depth = 0): string[] | undefined {
  if (depth > maxDepth) return undefined
  const strings = (next: AnyNode): string[] | undefined => stringsOf(tree, next, depth + 1)
  const value = constantOf(tree, node)
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- of some eighty kinds of node, the others say nothing
  switch (value.type) {
    case 'Literal':
      return typeof value.value === 'string' ? [value.value] : undefined
    case 'TemplateLiteral': {
      const parts = value.quasis.flatMap((quasi, index): (string[] | undefined)[] => {
        const expression = value.expressions[index]
        const text = quasi.value.cooked
        return [typeof text === 'string' ? [text] : undefined, ...(expression ? [strings(expression)] : [])]
      })
      return parts.reduce(join, [''])
    }
    case 'BinaryExpression':
      return value.operator === '+' ? join(strings(value.left), strings(value.right)) : undefined
    case 'ConditionalExpression':
      return both(strings(value.consequent), strings(value.alternate))
    case 'Identifier': {
      const list = loopedOver(tree, value)
      const elements = list && elementsOf(tree, list)
      return elements?.map(strings).reduce(both, [])
    }
    default:
      return undefined
  }
}

function join(left: string[] | undefined, right: string[] | undefined): string[] | undefined {
  return left && right?.flatMap(end => left.map(start => start + end))
}

function both(left: string[] | undefined, right: string[] | undefined): string[] | undefined {
  return left && right && [...left, ...right]
}

/** The list behind `name` in `for (const name of list)` and `list.map(name => …)`. */
function loopedOver(tree: SyntaxTree, name: Identifier): AnyNode | undefined {
  const variable = tree.variableOf(name)
  const declared = variable?.identifiers.length === 1 ? (variable.identifiers[0] as Identifier) : undefined
  const holder = declared && tree.parentOf(declared)
  if (!variable || !holder) return undefined
  if (holder.type === 'VariableDeclarator' && holder.id === declared) {
    const loop = tree.parentOf(tree.parentOf(holder) ?? holder)
    const written = variable.references.filter(reference => reference.isWrite()).length
    return loop?.type === 'ForOfStatement' && written === 1 ? loop.right : undefined
  }
  if (holder.type !== 'ArrowFunctionExpression' && holder.type !== 'FunctionExpression') return undefined
  const call = tree.parentOf(holder)
  const isCallback = call?.type === 'CallExpression' && call.arguments[0] === holder && holder.params[0] === declared
  if (!isCallback || call.callee.type !== 'MemberExpression') return undefined
  if (variable.references.some(reference => reference.isWrite())) return undefined
  const method = nameOf(call.callee.property, call.callee.computed)
  return method !== undefined && iteratingMethods.has(method) ? call.callee.object : undefined
}

/** Whether an object or list is changed after it was made. */
function isChanged(tree: SyntaxTree, name: Identifier): boolean {
  const variable = tree.variableOf(name)
  return (variable ? tree.readsOf(variable) : []).some(read => {
    const member = tree.parentOf(read)
    if (member?.type !== 'MemberExpression' || member.object !== read) return false
    const use = tree.parentOf(member)
    if (use?.type === 'AssignmentExpression') return use.left === member
    if (use?.type === 'UpdateExpression' || (use?.type === 'UnaryExpression' && use.operator === 'delete')) return true
    const method = nameOf(member.property, member.computed)
    return use?.type === 'CallExpression' && use.callee === member && method !== undefined && growingMethods.has(method)
  })
}
