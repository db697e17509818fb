import type { AnyNode, CallExpression } from 'acorn'
import type { Constants } from './constants.js'

/** Which argument of a function names roles: its value, or the keys of the object that it is. */
export interface RoleArgument {
  index: number
  names: 'value' | 'keys'
}

/** The functions of 'baton' that name roles. Whatever else names them is added here. */
export const roleFunctions: Readonly<Record<string, RoleArgument>> = {
  useDevice: { index: 0, names: 'value' },
}

/** A role that a call names, and where. */
export interface NamedRole {
  role: string
  node: AnyNode
}

/** @returns the roles that a call names; undefined where these are computed */
export function rolesOfCall(
  constants: Constants,
  call: CallExpression,
  argument: RoleArgument,
): NamedRole[] | undefined {
  const node = call.arguments[argument.index]
  if (!node || node.type === 'SpreadElement') return undefined
  if (argument.names === 'value') return constants.strings(node)?.map(role => ({ role, node: call }))
  const object = constants.expression(node)
  const entries = object.type === 'ObjectExpression' ? constants.entries(object) : undefined
  return entries?.map(entry => ({ role: entry.key, node: entry.keyNode }))
}
