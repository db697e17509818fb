import type { AnyNode, CallExpression, Expression, Identifier } from 'acorn'
import type { Variable } from 'eslint-scope'
import type { Edit } from './es-module-shape.js'
import { staticName, type FunctionNode, type SyntaxTree } from './syntax-tree.js'

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

/** `Promise.reject(…)`, `deferred.reject(…)`, and calls of `reject` in functions that are passed it. */
function findRejections(tree: SyntaxTree): CallExpression[] {
  const calls = tree.calls.filter(call => call.type === 'CallExpression')
  const methods = calls.filter(
    ({ callee }) => callee.type === 'MemberExpression' && staticName(callee.property, callee.computed) === 'reject',
  )
  const settlers = [...executors(tree), ...tree.functions.filter(each => isThen(tree, each))]
  const passed = settlers.flatMap(({ params: [, reject] }) => {
    const variable = reject?.type === 'Identifier' ? tree.variableOf(reject) : undefined
    return variable ? callsOfVariable(tree, variable, new Set()) : []
  })
  return [...new Set([...methods, ...passed])]
}

/** The functions in `new Promise((resolve, reject) => …)`. */
function executors(tree: SyntaxTree): FunctionNode[] {
  return tree.functions.filter(each => {
    const use = tree.parentOf(each)
    if (use?.type !== 'NewExpression' || use.arguments[0] !== each) return false
    const { callee } = use
    return callee.type === 'Identifier' && callee.name === 'Promise' && !tree.variableOf(callee)
  })
}

/** Whether it is `{ then(resolve, reject) {…} }`. */
function isThen(tree: SyntaxTree, node: FunctionNode): boolean {
  const owner = tree.parentOf(node)
  const isMember = owner?.type === 'Property' || owner?.type === 'MethodDefinition'
  return isMember && owner.value === node && staticName(owner.key, owner.computed) === 'then'
}

/** Also if it is called by another name: `const fail = reject`. */
function callsOfVariable(tree: SyntaxTree, variable: Variable, seen: Set<Variable>): CallExpression[] {
  if (seen.has(variable)) return []
  seen.add(variable)
  return tree.readsOf(variable).flatMap(read => {
    const use = tree.parentOf(read)
    if (use?.type === 'CallExpression' && use.callee === read) return [use]
    const alias = aliasIn(use, read)
    const other = alias && tree.variableOf(alias)
    return other ? callsOfVariable(tree, other, seen) : []
  })
}

function aliasIn(use: AnyNode | undefined, value: Identifier): AnyNode | undefined {
  if (use?.type === 'VariableDeclarator' && use.init === value) return use.id
  return use?.type === 'AssignmentExpression' && use.right === value ? use.left : undefined
}
