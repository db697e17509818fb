import type { AnyNode, CallExpression } from 'acorn'
import type { SyntaxTree } from './syntax-tree.js'

/** Finds calls of the bundler's replacement for `require`. */
export function findRequireCalls(tree: SyntaxTree): CallExpression[] {
  return findRequireUses(tree).flatMap(use => {
    const call = tree.parentOf(use)
    return call?.type === 'CallExpression' && call.callee === use ? [call] : []
  })
}

/** Finds all uses of the bundler's replacement for `require`. */
export function findRequireUses(tree: SyntaxTree): AnyNode[] {
  for (const statement of tree.program.body) {
    if (statement.type !== 'VariableDeclaration') continue
    for (const { id, init } of statement.declarations) {
      if (id.type !== 'Identifier' || !/^__require\d*$/.test(id.name) || init?.type !== 'CallExpression') continue
      const variable = tree.variableOf(id)
      return variable ? tree.readsOf(variable) : []
    }
  }
  return []
}
