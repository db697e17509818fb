import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { didYouMean } from '../error/closest-name.js'
import type { AttachedRole, ModuleContext } from './module-context.js'

/**
 * Returns a role of the module.
 * @param act - the user's call, for the message
 * @throws BatonError BATON_DEVICE_UNKNOWN if the module has no such role
 */
export function requireRole(
  context: ModuleContext,
  name: string,
  place: SourceLocation | undefined,
  act: string,
): AttachedRole {
  const role = context.roles.get(name)
  if (role) return role
  const known = [...context.roles.keys()]
  throw new BatonError(
    'BATON_DEVICE_UNKNOWN',
    `${act}: the module has no role '${name}' (known: ${known.join(', ')})`,
    {
      ...(place ? { place } : {}),
      hint: 'add it to `export const devices` of the module',
      ...didYouMean(name, known),
    },
  )
}
