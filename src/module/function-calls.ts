import type { AnyNode, CallExpression, MemberExpression } from 'acorn'
import type { Variable } from 'eslint-scope'
import {
  classOfMember,
  classVariables,
  definedName,
  enclosingThis,
  memberUses,
  mayBelongTo,
  subclassesOf,
} from './class-members.js'
import {
  isHelperCall,
  staticName,
  visitNodes,
  type ClassNode,
  type FunctionNode,
  type SyntaxTree,
} from './syntax-tree.js'
import { flatIfKnown } from './static-values.js'
import { iteratingMethods } from './variable-uses.js'

/** One place that calls a function. `iterated`: a method such as `forEach` passes each element of a list. */
export type FunctionCall = { arguments: readonly AnyNode[] } | { iterated: AnyNode }

/**
 * Finds all calls of a function: by its name, as a method, as a constructor, as a callback of `forEach` and its like.
 * @returns undefined if other code may call it, too
 */
export function callsOf(tree: SyntaxTree, fn: FunctionNode): FunctionCall[] | undefined {
  const holder = tree.parentOf(fn)
  if (fn.type === 'FunctionDeclaration') return fn.id ? callsOfName(tree, fn.id) : undefined
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- elsewhere, other code has the function
  switch (holder?.type) {
    case 'VariableDeclarator':
      return tree.onlyValueOf(holder.id) === fn ? callsOfName(tree, holder.id) : undefined
    case 'CallExpression':
      return callWith(tree, holder, fn)
    case 'MethodDefinition': {
      const constructed = holder.kind === 'constructor' ? classOfMember(tree, holder) : undefined
      if (constructed) return constructions(tree, constructed)
      return holder.kind === 'method' ? methodCalls(tree, holder) : undefined
    }
    case 'PropertyDefinition':
    case 'Property':
      return holder.value === fn ? methodCalls(tree, holder) : undefined
    default:
      return undefined
  }
}

function callsOfName(tree: SyntaxTree, name: AnyNode): FunctionCall[] | undefined {
  const variable = tree.variableOf(name)
  return variable && flatIfKnown(tree.readsOf(variable).map(read => callsAt(tree, read)))
}

/** The calls that one use of a function makes possible. */
function callsAt(tree: SyntaxTree, use: AnyNode): FunctionCall[] | undefined {
  const parent = tree.parentOf(use)
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- elsewhere, other code has the function
  switch (parent?.type) {
    case 'CallExpression':
      return callWith(tree, parent, use)
    case 'VariableDeclarator':
      return parent.init === use && tree.onlyValueOf(parent.id) === use ? callsOfName(tree, parent.id) : undefined
    case 'Property':
    case 'PropertyDefinition':
      return parent.value === use ? methodCalls(tree, parent) : undefined
    case 'ArrowFunctionExpression':
      return exportedCalls(tree, parent)
    default:
      return undefined
  }
}

function callWith(tree: SyntaxTree, call: CallExpression, fn: AnyNode): FunctionCall[] | undefined {
  if (call.callee === fn) return [call]
  if (call.arguments[0] !== fn || call.callee.type !== 'MemberExpression') return undefined
  const method = staticName(call.callee.property, call.callee.computed)
  return method !== undefined && iteratingMethods.has(method) ? [{ iterated: call.callee.object }] : undefined
}

/** `__export(page_exports, { login: () => login })`: calls through the object of all exports of a file. */
function exportedCalls(tree: SyntaxTree, getter: AnyNode): FunctionCall[] | undefined {
  const property = tree.parentOf(getter)
  const object = property && tree.parentOf(property)
  const call = object && tree.parentOf(object)
  const namespace = call && isHelperCall(call, '__export') ? call.arguments[0] : undefined
  const variable = namespace && tree.variableOf(namespace)
  if (property?.type !== 'Property' || !variable) return undefined
  const name = staticName(property.key, property.computed)
  return flatIfKnown(
    tree.readsOf(variable).map(read => {
      const parent = tree.parentOf(read)
      // The last one exports the module itself: mocha calls none of its functions.
      if (parent === call || parent?.type === 'ExportSpecifier') return []
      if (parent?.type !== 'MemberExpression' || parent.object !== read) return undefined
      return staticName(parent.property, parent.computed) === name ? callsAt(tree, parent) : []
    }),
  )
}

/** Calls of a property by its name, on any object that may have it. */
function methodCalls(
  tree: SyntaxTree,
  property: AnyNode & { type: 'MethodDefinition' | 'PropertyDefinition' | 'Property' },
): FunctionCall[] | undefined {
  const owner = property.type === 'Property' ? tree.parentOf(property) : classOfMember(tree, property)
  const name = definedName(property.key, property.computed)
  if (!owner || name === undefined) return undefined
  const uses = memberUses(tree, name).filter(member => mayBelongTo(tree, member.object, owner))
  return flatIfKnown(uses.map(member => (isAssigned(tree, member) ? [] : callsAt(tree, member))))
}

function isAssigned(tree: SyntaxTree, member: MemberExpression): boolean {
  const parent = tree.parentOf(member)
  return parent?.type === 'AssignmentExpression' && parent.left === member
}

/** `new Page('alice')`, and `super('alice')` in classes that extend it. */
function constructions(tree: SyntaxTree, owner: ClassNode): FunctionCall[] | undefined {
  const own = flatIfKnown(classVariables(tree, owner).flatMap(variable => constructionsBy(tree, variable)))
  const inherited = subclassesOf(tree, owner).map(subclass => {
    const constructor = subclass.body.body.find(
      member => member.type === 'MethodDefinition' && member.kind === 'constructor',
    )
    return constructor ? superCalls(tree, constructor, subclass) : constructions(tree, subclass)
  })
  return flatIfKnown([own, ...inherited])
}

function constructionsBy(tree: SyntaxTree, variable: Variable): (FunctionCall[] | undefined)[] {
  return tree.readsOf(variable).map(read => {
    const parent = tree.parentOf(read)
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- elsewhere, other code has the class
    switch (parent?.type) {
      case 'NewExpression':
        return parent.callee === read ? [parent] : undefined
      case 'MemberExpression':
      case 'BinaryExpression':
      case 'ClassDeclaration':
      case 'ClassExpression':
        return []
      case 'ArrowFunctionExpression':
        return exportedCalls(tree, parent)
      default:
        return undefined
    }
  })
}

function superCalls(tree: SyntaxTree, constructor: AnyNode, owner: ClassNode): FunctionCall[] {
  const calls: CallExpression[] = []
  visitNodes(constructor, node => {
    if (node.type === 'CallExpression' && node.callee.type === 'Super' && enclosingThis(tree, node) === owner)
      calls.push(node)
  })
  return calls
}
