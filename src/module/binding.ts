import type { AnyNode, Identifier } from 'acorn'
import { staticName, type FunctionNode, type SyntaxTree } from './syntax-tree.js'

/** One step of destructuring: to a property or to an element. */
export interface BindingStep {
  key?: string
  index?: number
  defaultValue?: AnyNode
}

/** Where a variable gets its value from. */
export interface Binding {
  root:
    | { kind: 'value'; node: AnyNode }
    | { kind: 'nothing' }
    /** `for (const name of list)` */
    | { kind: 'element'; list: AnyNode }
    /** `for (const name in object)` */
    | { kind: 'key'; object: AnyNode }
    | { kind: 'parameter'; fn: FunctionNode; index: number; defaultValue?: AnyNode }
  /** From the root to the variable. */
  steps: BindingStep[]
  /** What is assigned to it later. */
  assigned: AnyNode[]
}

/** Returns undefined if it can't be followed, or is a global. */
export function bindingOf(tree: SyntaxTree, name: Identifier): Binding | undefined {
  const variable = tree.variableOf(name)
  const declared = variable?.identifiers.length === 1 ? (variable.identifiers[0] as Identifier) : undefined
  if (!variable || !declared) return undefined
  const assigned: AnyNode[] = []
  for (const reference of variable.references) {
    const target = reference.identifier as Identifier
    if (!reference.isWrite() || target === declared) continue
    const parent = tree.parentOf(target)
    if (parent?.type !== 'AssignmentExpression' || parent.operator !== '=' || parent.left !== target) return undefined
    assigned.push(parent.right)
  }
  const found = rootOf(tree, declared)
  return found && { ...found, assigned }
}

/** Climbs out of the pattern that declares a variable. */
function rootOf(tree: SyntaxTree, declared: Identifier): Omit<Binding, 'assigned'> | undefined {
  const steps: BindingStep[] = []
  let defaultValue: AnyNode | undefined
  for (
    let node: AnyNode = declared, parent = tree.parentOf(node);
    parent;
    node = parent, parent = tree.parentOf(node)
  ) {
    const step = { ...(defaultValue && { defaultValue }) }
    if (parent.type === 'AssignmentPattern' && parent.left === node) defaultValue = parent.right
    else if (parent.type === 'Property' && parent.value === node) {
      const key = staticName(parent.key, parent.computed)
      if (key === undefined) return undefined
      steps.unshift({ key, ...step })
      defaultValue = undefined
    } else if (parent.type === 'ArrayPattern') {
      steps.unshift({ index: parent.elements.findIndex(element => element === node), ...step })
      defaultValue = undefined
    } else if (parent.type !== 'ObjectPattern') {
      const root = holderOf(tree, node, parent, defaultValue)
      return root && { root, steps }
    }
  }
  return undefined
}

function holderOf(
  tree: SyntaxTree,
  pattern: AnyNode,
  holder: AnyNode,
  defaultValue: AnyNode | undefined,
): Binding['root'] | undefined {
  if (holder.type === 'VariableDeclarator' && holder.id === pattern) {
    if (holder.init) return { kind: 'value', node: holder.init }
    const loop = tree.parentOf(tree.parentOf(holder) ?? holder)
    const isHead =
      (loop?.type === 'ForOfStatement' || loop?.type === 'ForInStatement') && loop.left === tree.parentOf(holder)
    if (!isHead) return { kind: 'nothing' }
    return loop.type === 'ForOfStatement' ? { kind: 'element', list: loop.right } : { kind: 'key', object: loop.right }
  }
  if (!('params' in holder)) return undefined
  const index = holder.params.findIndex(param => param === pattern)
  if (index < 0) return undefined
  return { kind: 'parameter', fn: holder, index, ...(defaultValue && { defaultValue }) }
}
