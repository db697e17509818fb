import type { AnyNode, CallExpression } from 'acorn'
import type { CallSiteValues } from './call-site-values.js'
import { flatIfKnown, type StaticValues } from './static-values.js'

/**
 * Which argument of a function names roles, and how. `value`: it is a role. `branches`: its keys are roles, or it is a list
 * of pairs that start with one. `of`: an option with a list of roles.
 */
export interface RoleArgument {
  index: number
  names: 'value' | 'branches' | 'of'
}

/** The functions of 'baton' that name roles. */
export const roleFunctions: Readonly<Record<string, RoleArgument>> = {
  useDevice: { index: 0, names: 'value' },
  start: { index: 0, names: 'value' },
  parallel: { index: 0, names: 'branches' },
  barrier: { index: 1, names: 'of' },
}

/** A role that a call names, and the node that names it. */
export interface NamedRole {
  role: string
  node: AnyNode
}

/** How the code of a bundle is evaluated. */
export interface Evaluation {
  values: StaticValues
  callSites: CallSiteValues
}

/** Returns the roles that a call names; undefined if they are computed at run time. */
export function rolesInCall(
  { values, callSites }: Evaluation,
  call: CallExpression,
  { index, names }: RoleArgument,
): NamedRole[] | undefined {
  const node = call.arguments[index]
  if (call.arguments.slice(0, index + 1).some(argument => argument.type === 'SpreadElement')) return undefined
  if (!node) return names === 'of' ? [] : undefined
  if (names === 'of') return rolesOfOption(values, node)
  if (names === 'branches') return keysOf(values, node) ?? pairsOf(values, node)
  const known = values.strings(node)?.map(role => ({ role, node: call }))
  // What the callers write is the place of a role.
  return known ?? callSites.strings(node)?.map(({ text, node: place }) => ({ role: text, node: place }))
}

function keysOf(values: StaticValues, node: AnyNode): NamedRole[] | undefined {
  const object = values.resolve(node)
  const entries = object.type === 'ObjectExpression' ? values.entries(object) : undefined
  return entries?.map(entry => ({ role: entry.key, node: entry.keyNode }))
}

/** `[['alice', run], …]`, also as `names.map(name => [name, run])`. */
function pairsOf(values: StaticValues, node: AnyNode): NamedRole[] | undefined {
  const pairs = values.elements(node) ?? mappedElements(values.resolve(node))
  return flatIfKnown(pairs?.map(pair => namesOf(values, values.elements(pair)?.[0])))
}

function rolesOfOption(values: StaticValues, node: AnyNode): NamedRole[] | undefined {
  const options = values.resolve(node)
  const entries = options.type === 'ObjectExpression' ? values.entries(options) : undefined
  if (!entries) return undefined
  const of = entries.findLast(({ key }) => key === 'of')
  return of ? flatIfKnown(values.elements(of.value)?.map(name => namesOf(values, name))) : []
}

/** Returns the element that `list.map(…)` creates, if its function is a single expression. */
function mappedElements(node: AnyNode): AnyNode[] | undefined {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return undefined
  const { property } = node.callee
  const [callback] = node.arguments
  if (property.type !== 'Identifier' || property.name !== 'map') return undefined
  return callback?.type === 'ArrowFunctionExpression' && callback.expression ? [callback.body] : undefined
}

function namesOf(values: StaticValues, node: AnyNode | undefined): NamedRole[] | undefined {
  return node && values.strings(node)?.map(role => ({ role, node }))
}
