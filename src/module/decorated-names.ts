import type { AnyNode, CallExpression } from 'acorn'
import { applyEdits } from './es-module-text.js'
import type { Edit } from './es-module-shape.js'
import { isClass, staticName, SyntaxTree } from './syntax-tree.js'

/** Whether the bundler converted decorators: then it may have renamed classes. */
export function hasDecorators(text: string): boolean {
  return /\b__decorat(?:e|or)/.test(text)
}

/**
 * Leaves only the names of classes of what the bundler adds to keep names. Functions have theirs anyway, and one that is sent
 * to a page must not call a helper.
 * @param text - compiled with `keepNames`
 * @returns text with the same lines and columns
 */
export function keepClassNames(text: string): string {
  const tree = new SyntaxTree(text)
  const helper = tree.topLevelVariable('__name')
  const calls = (helper ? tree.readsOf(helper) : []).map(read => tree.parentOf(read))
  const edits = calls.flatMap(call => (call?.type === 'CallExpression' ? withoutName(tree, call) : []))
  return applyEdits(
    text,
    edits.toSorted((a, b) => a.start - b.start),
  )
}

function withoutName(tree: SyntaxTree, call: CallExpression): Edit[] {
  const [target, name] = call.arguments
  if (!target || !name) return []
  if (target.type === 'Identifier' || target.type === 'ThisExpression') {
    const present = target.type === 'Identifier' ? target.name : nameOfClassAround(tree, call)
    if (present !== staticName(name)) return []
    return [{ start: call.start, end: call.end, text: 'undefined'.padEnd(call.end - call.start) }]
  }
  const isFunction = target.type === 'ArrowFunctionExpression' || target.type === 'FunctionExpression'
  if (!isFunction) return []
  const opening = tree.code.indexOf('(', call.callee.end)
  return [
    { start: call.start, end: opening, text: ' '.repeat(opening - call.start) },
    { start: target.end, end: call.end, text: ')'.padEnd(call.end - target.end) },
  ]
}

/** Returns the name of the class in whose static block a call is. */
function nameOfClassAround(tree: SyntaxTree, call: AnyNode): string | undefined {
  let node: AnyNode | undefined = call
  while (node && !isClass(node)) node = tree.parentOf(node)
  return node?.id?.name
}
