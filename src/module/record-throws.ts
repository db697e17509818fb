import type { AnyNode, CallExpression, Expression, Identifier } from 'acorn'
import type { Edit } from './es-module-shape.js'
import { staticName, type SyntaxTree } from './syntax-tree.js'

/*
 * A thrown value that is not an Error has no stack. So the user's own `throw`, `Promise.reject()` and `reject()` report to
 * the module's loader what they throw.
 */

/** Works without the loader, too: the script may send the function to a page. */
const recorder = '(typeof $baton=="undefined"?v=>v:$baton.thrown)'

/** Returns what to insert into a file. */
export function recordThrows(tree: SyntaxTree): Edit[] {
  const insert = (at: number, text: string): Edit => ({ start: at, end: at, text })
  // In parentheses: the value may be `a, b`.
  const record = (value: Expression): Edit[] => [insert(value.start, `${recorder}((`), insert(value.end, '))')]
  const thrown = tree.throwStatements.map(statement => statement.argument).filter(value => !createsError(value))
  const rejected = findRejections(tree).flatMap(call => {
    const [value] = call.arguments
    if (!value) return [insert(call.end - 1, `${recorder}()`)]
    return value.type === 'SpreadElement' || createsError(value) ? [] : record(value)
  })
  return [...thrown.flatMap(record), ...rejected]
}

/** `new TypeError(…)`: it has a stack. */
function createsError(value: Expression): boolean {
  if (value.type !== 'NewExpression') return false
  const { callee } = value
  const name = callee.type === 'MemberExpression' ? staticName(callee.property, callee.computed) : staticName(callee)
  return /(?:Error|Exception)\d*$/.test(name ?? '')
}

/** `Promise.reject(…)`, and calls of `reject` in `new Promise((resolve, reject) => …)`. */
function findRejections(tree: SyntaxTree): CallExpression[] {
  return tree.globals('Promise').flatMap(promise => {
    const use = tree.parentOf(promise)
    if (use?.type === 'MemberExpression' && use.object === promise) {
      const isReject = staticName(use.property, use.computed) === 'reject'
      return isReject ? callsOf(tree, use) : []
    }
    if (use?.type !== 'NewExpression' || use.callee !== promise) return []
    const [executor] = use.arguments
    if (executor?.type !== 'ArrowFunctionExpression' && executor?.type !== 'FunctionExpression') return []
    const reject = executor.params[1]
    const variable = reject?.type === 'Identifier' ? tree.variableOf(reject) : undefined
    return variable ? tree.readsOf(variable).flatMap((read: Identifier) => callsOf(tree, read)) : []
  })
}

function callsOf(tree: SyntaxTree, callee: AnyNode): CallExpression[] {
  const call = tree.parentOf(callee)
  return call?.type === 'CallExpression' && call.callee === callee ? [call] : []
}
