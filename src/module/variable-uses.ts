import type { AnyNode, Identifier } from 'acorn'
import { staticName, type SyntaxTree } from './syntax-tree.js'

const mutatingMethods = new Set(['push', 'unshift', 'splice', 'pop', 'shift', 'fill', 'reverse', 'sort'])
/** Methods of lists that pass each element as the first argument. */
export const iteratingMethods = new Set(['map', 'forEach', 'flatMap', 'every', 'some', 'filter'])

/** Returns the list that a variable iterates over: `for (const name of list)`, `list.map(name => …)`. */
export function iteratedList(tree: SyntaxTree, name: Identifier): AnyNode | undefined {
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

/** Whether the code changes the object or list in a variable. */
export function isMutated(tree: SyntaxTree, name: Identifier): boolean {
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
