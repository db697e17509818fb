import type { AnyNode, Function as FunctionNode, ObjectExpression } from 'acorn'
import { isHelperCall, staticName, type SyntaxTree } from './syntax-tree.js'

/**
 * Finds what a file in a bundle exports under a name.
 * @param namespace - an expression for all exports of the file: `chat_exports`, `__toESM(require_chat())`
 * @returns the exported expression
 */
export function findExport(tree: SyntaxTree, namespace: AnyNode, name: string): AnyNode | undefined {
  if (namespace.type === 'Identifier') {
    const getters = esmGetters(tree, namespace)
    if (getters) return getterValue(getters, name)
    const value = tree.onlyValueOf(namespace)
    return value && findExport(tree, value, name)
  }
  if (isHelperCall(namespace, '__toESM') && namespace.arguments[0]) {
    return findExport(tree, namespace.arguments[0], name)
  }
  if (namespace.type === 'MemberExpression' && staticName(namespace.property, namespace.computed) === 'default') {
    // For an ES module, the default export of a CommonJS file is the object of all its exports.
    const value = tree.onlyValueOf(namespace.object)
    return value && isHelperCall(value, '__toESM') ? findExport(tree, value, name) : undefined
  }
  const body = commonJsBody(tree, namespace)
  return body && commonJsExport(tree, body, name)
}

/** Returns the object of getters that the bundler generated for a file's namespace. */
function esmGetters(tree: SyntaxTree, namespace: AnyNode): ObjectExpression | undefined {
  const variable = tree.variableOf(namespace)
  for (const read of variable ? tree.readsOf(variable) : []) {
    const call = tree.parentOf(read)
    if (!call || !isHelperCall(call, '__export') || call.arguments[0] !== read) continue
    if (call.arguments[1]?.type === 'ObjectExpression') return call.arguments[1]
  }
  return undefined
}

function getterValue(getters: ObjectExpression, name: string): AnyNode | undefined {
  for (const property of getters.properties) {
    if (property.type !== 'Property' || staticName(property.key) !== name) continue
    if (property.value.type === 'ArrowFunctionExpression') return property.value.body
  }
  return undefined
}

/** Returns the function that wraps a CommonJS file, given a call of the bundler's `require_file()`. */
function commonJsBody(tree: SyntaxTree, call: AnyNode): FunctionNode | undefined {
  if (call.type !== 'CallExpression' || call.callee.type !== 'Identifier') return undefined
  const made = tree.onlyValueOf(call.callee)
  if (!made || !isHelperCall(made, '__commonJS')) return undefined
  const files = made.arguments[0]
  const file = files?.type === 'ObjectExpression' ? files.properties[0] : undefined
  const body = file?.type === 'Property' ? file.value : undefined
  return body?.type === 'FunctionExpression' || body?.type === 'ArrowFunctionExpression' ? body : undefined
}

function commonJsExport(tree: SyntaxTree, body: FunctionNode, name: string): AnyNode | undefined {
  const names = body.params.map(param => {
    const variable = tree.variableOf(param)
    return variable ? tree.readsOf(variable) : []
  })
  return findCommonJsExport(tree, names[0] ?? [], names[1] ?? [], name)
}

/**
 * Finds what CommonJS code exports under a name: `exports.a = …`, `module.exports.a = …`, `module.exports = { a: … }`.
 * @param exports - uses of the name `exports`
 * @param modules - uses of the name `module`
 * @returns the last one that is a value: compilers write `exports.a = void 0` first
 */
export function findCommonJsExport(
  tree: SyntaxTree,
  exports: readonly AnyNode[],
  modules: readonly AnyNode[],
  name: string,
): AnyNode | undefined {
  const whole = modules.map(use => memberOf(tree, use, 'exports')).filter(node => node !== undefined)
  const single = [...exports, ...whole].map(node => memberOf(tree, node, name)).filter(node => node !== undefined)
  const values = single.map(member => assignedTo(tree, member)).filter(node => node !== undefined)
  for (const member of whole) {
    const value = assignedTo(tree, member)
    if (value?.type !== 'ObjectExpression') continue
    for (const property of value.properties) {
      if (property.type === 'Property' && staticName(property.key, property.computed) === name)
        values.push(property.value)
    }
  }
  return values.findLast(value => value.type !== 'UnaryExpression')
}

function memberOf(tree: SyntaxTree, object: AnyNode, name: string): AnyNode | undefined {
  const parent = tree.parentOf(object)
  if (parent?.type !== 'MemberExpression' || parent.object !== object) return undefined
  return staticName(parent.property, parent.computed) === name ? parent : undefined
}

function assignedTo(tree: SyntaxTree, member: AnyNode): AnyNode | undefined {
  const parent = tree.parentOf(member)
  if (parent?.type !== 'AssignmentExpression' || parent.left !== member) return undefined
  // exports.a = exports.b = value
  return parent.right.type === 'AssignmentExpression' ? parent.right.right : parent.right
}
