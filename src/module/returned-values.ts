import type { AnyNode } from 'acorn'
import { visitNodes, type SyntaxTree } from './syntax-tree.js'

/**
 * Returns what a function returns; undefined if it is not known.
 * @param callee - a function, or its name
 */
export function returnedBy(tree: SyntaxTree, callee: AnyNode): AnyNode[] | undefined {
  const fn = callee.type === 'Identifier' ? tree.variableOf(callee)?.defs[0]?.node : callee
  const node = fn as AnyNode | undefined
  if (node?.type === 'ArrowFunctionExpression' && node.expression) return [node.body]
  const isFunction =
    node?.type === 'ArrowFunctionExpression' ||
    node?.type === 'FunctionExpression' ||
    node?.type === 'FunctionDeclaration'
  if (!isFunction || node.generator) return undefined
  const returned: AnyNode[] = []
  visitNodes(node.body, inner => {
    if (inner.type === 'ReturnStatement' && inner.argument && tree.functionAround(inner) === node)
      returned.push(inner.argument)
  })
  return returned
}
